"""Where an interaction stands: facts gathered, policy asked, the next step taken from its answer.

The one place that calls `decide` and `next_step`: sign-in, single sign-on, step-up, `prompt=none` and our own pages all
come through here (architecture.md §3).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from time import perf_counter_ns

from idp.login import budget, consent
from idp.login.model import Interaction, Step
from idp.login.policies import Policies
from idp.login.situation import Situation, gather, known_device
from idp.login.steps import next_step
from idp.policy.engine import decide
from idp.policy.language import Bundle
from idp.policy.model import Decision, Enrolled, Outcome
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The next step of an interaction, and all that it follows from."""

    situation: Situation
    decision: Decision
    step: Step
    latency_us: int


class Judge:
    """Says where interactions stand, under the live policy and with the factors that are installed."""

    def __init__(self, *, policies: Policies, installed: Collection[str]) -> None:
        self._policies = policies
        self._installed = frozenset(installed)

    def bundle(self, tx: Tx) -> Bundle:
        """Return the live policy."""
        return self._policies.live(tx)

    def stand(self, tx: Tx, interaction: Interaction, browser: Browser, *, now: datetime) -> Standing:
        """Ask what must happen next."""
        return self.judge(tx, gather(tx, interaction, browser, bundle=self.bundle(tx), now=now))

    def judge(self, tx: Tx, gathered: Situation) -> Standing:
        """Ask what must happen next in this situation. What cannot be asked for here counts as not enrolled."""
        enrolled = tuple(item for item in gathered.enrolled if item.factor in self._installed)
        situation = replace(gathered, enrolled=enrolled)
        decision, spent = _timed(lambda: _decide(situation))
        if decision.outcome is Outcome.CHALLENGE and situation.user is not None:
            situation = _looked_closer(tx, situation, situation.user)
            decision, spent = _timed(lambda: _decide(situation))
        step = next_step(
            decision,
            is_known=situation.user is not None,
            first=situation.bundle.first,
            chosen=situation.interaction.chosen,
            consent=consent.needed(tx, situation) if decision.outcome is Outcome.ALLOW else (),
        )
        return Standing(situation=situation, decision=decision, step=step, latency_us=spent)


def _decide(situation: Situation) -> Decision:
    return decide(situation.bundle, situation.facts(), situation.evidence, situation.enrolled, now=situation.now)


def _timed(ask: Callable[[], Decision]) -> tuple[Decision, int]:
    start = perf_counter_ns()
    decision = ask()
    return decision, (perf_counter_ns() - start) // 1000


def _looked_closer(tx: Tx, situation: Situation, user: User) -> Situation:
    """Add what only matters to a choice of challenges: what is locked, and what last succeeded on this device."""
    device = known_device(tx, user, situation.browser)
    used_here = dict(device.factors) if device else {}
    locks = {
        family: budget.locked_until(
            tx, budget.key_of(family, user, device), locks=situation.bundle.locks, now=situation.now
        )
        for family in {budget.family_of(item.factor) for item in situation.enrolled}
    }

    def seen(item: Enrolled) -> Enrolled:
        is_locked, until = locks[budget.family_of(item.factor)]
        used_at = used_here.get(item.credential_id)
        return replace(item, available=not is_locked, available_at=until, used_here_at=used_at)

    return replace(situation, device=device, enrolled=tuple(seen(item) for item in situation.enrolled))
