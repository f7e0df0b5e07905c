"""Where an interaction stands: facts gathered, policy asked, the next step taken from its answer.

The one place that calls `decide` and `next_step`: sign-in, single sign-on, step-up, `prompt=none` and our own pages all
come through here (architecture.md §3).
"""

from collections.abc import Callable
from datetime import datetime
from time import perf_counter_ns

from msgspec import Struct
from msgspec.structs import replace

from idp.factors.base import Ceremonial, Factor
from idp.login import another, budget, consent, elsewhere, quietly, sender
from idp.login.availability import looked_closer
from idp.login.challenges import unseen_of
from idp.login.installed import Build, Factors, Installed
from idp.login.model import Challenge, Enroll, Identify, Interaction, Lengthen, Step
from idp.login.policies import Policies
from idp.login.recovery.completing import Completing
from idp.login.situation import SETTING_UP, Situation, gather
from idp.login.steps import next_step
from idp.policy.engine import decide
from idp.policy.language import Bundle
from idp.policy.model import Decision, Outcome
from idp.policy.shortfall import falls_short
from idp.storage.tx import Tx
from idp.web.current import Browser


class Standing(Struct, frozen=True, kw_only=True):
    """The next step of an interaction, and all that it follows from."""

    situation: Situation
    decision: Decision
    step: Step
    latency_us: int
    installed: Installed
    resend_at: datetime | None = None
    """When what was sent here may be sent again; None: now."""
    elsewhere: str = ""
    """How what was asked on another device stands."""

    @property
    def factor(self) -> Factor | None:
        """The factor that the page asks for, or helps to set up."""
        factors = self.installed.factors
        match self.step:
            case Identify(first=first):
                return factors.get(budget.PASSWORD) if budget.PASSWORD in first else None
            case Challenge(factor=name) | Enroll(factor=name):
                return factors.get(name)
        return None

    @property
    def ceremonial(self) -> Ceremonial | None:
        """The factor whose challenge the page must hold, or that it helps to set up, where it is such a one."""
        match self.step:
            case Identify(first=first):
                names = first
            case Challenge(factor=name) | Enroll(factor=name):
                names = (name,)
            case _:
                return None
        return next((factor for name in names if (factor := self.installed.ceremonial.get(name))), None)

    def holding(self, interaction: Interaction) -> "Standing":
        """Return the same with the interaction as it has been saved since, with something put that decides nothing."""
        return replace(self, situation=replace(self.situation, interaction=interaction))


class Judge:
    """Says where interactions stand, under the live policy and with the factors that are installed."""

    def __init__(self, *, policies: Policies, build_factors: Build, completing: Completing) -> None:
        self.completing = completing
        self._policies = policies
        self._factors = Factors(build_factors)

    def bundle(self, tx: Tx, user_id: str | None = None) -> Bundle:
        """Return the policy in force, or the one that is tried out on this person."""
        return self._policies.for_person(tx, user_id)

    def shadow(self, tx: Tx) -> Bundle | None:
        """Return the policy that is only compared with what is decided."""
        return self._policies.shadow(tx)

    def installed(self, tx: Tx, user_id: str | None = None) -> Installed:
        """Return the factors as the policy in force sets them, or the one that is tried out on this person."""
        return self._factors.under(self.bundle(tx, user_id))

    def stand(
        self, tx: Tx, interaction: Interaction, browser: Browser, *, now: datetime, is_asking: bool = False
    ) -> Standing:
        """Ask what must happen next."""
        bundle = self.bundle(tx, interaction.user_id)
        gathered = gather(tx, interaction, browser, bundle=bundle, completing=self.completing, now=now)
        return self.judge(tx, gathered, is_asking=is_asking)

    def judge(self, tx: Tx, gathered: Situation, *, is_asking: bool = False) -> Standing:
        """Ask what must happen next in this situation. What cannot be asked for here counts as not enrolled.

        Where something is being asked already, or is sure to be, what only matters to a challenge is looked at first:
        it is then decided once instead of twice, and nothing but the order of the options follows from it elsewhere.
        """
        installed = self._factors.under(gathered.bundle)
        usable = {credential.id for credential in gathered.credentials if installed.accepts(credential)}
        enrolled = tuple(item for item in gathered.enrolled if item.credential_id in usable)
        situation = replace(gathered, enrolled=enrolled, enrollable=installed.enrollable)
        looks = is_asking or _is_to_be_asked(situation)
        if looks and situation.user is not None:
            situation = looked_closer(tx, situation, situation.user, installed)
        decision, spent = _timed(lambda: _decide(situation))
        if not looks and decision.outcome is Outcome.CHALLENGE and situation.user is not None:
            situation = looked_closer(tx, situation, situation.user, installed)
            decision, spent = _timed(lambda: _decide(situation))
        step = next_step(
            decision,
            is_known=situation.user is not None,
            first=situation.bundle.first,
            chosen=situation.interaction.chosen,
            consent=consent.needed(tx, situation) if decision.outcome is Outcome.ALLOW else (),
            further=_further(situation, installed) if decision.outcome is Outcome.ALLOW else (),
            unseen=unseen_of(situation.interaction),
            quietly=quietly.may_be_set_up(tx, situation, installed) if decision.outcome is Outcome.ALLOW else "",
            lengthen=_lengthen(situation) if decision.outcome is Outcome.ALLOW else None,
        )
        return Standing(
            situation=situation,
            decision=decision,
            step=step,
            latency_us=spent,
            installed=installed,
            resend_at=_resend_at(tx, situation, installed),
            elsewhere=elsewhere.state_of(tx, situation.interaction, installed, situation.now),
        )


def _decide(situation: Situation) -> Decision:
    return decide(situation.bundle, situation.facts(), situation.evidence, situation.enrolled, now=situation.now)


def _is_to_be_asked(situation: Situation) -> bool:
    """Tell whether more is demanded than is proved, of somebody who holds more: a hint, which decides nothing."""
    proven = {proof.credential_id for proof in situation.evidence}
    holds_more = any(item.credential_id not in proven for item in situation.enrolled)
    return holds_more and falls_short(situation.bundle, situation.interaction.demand, situation.evidence)


def _timed(ask: Callable[[], Decision]) -> tuple[Decision, int]:
    start = perf_counter_ns()
    decision = ask()
    return decision, (perf_counter_ns() - start) // 1000


def _further(situation: Situation, installed: Installed) -> tuple[str, ...]:
    """Return what else may be set up, while it can be, and while what was proved suffices for that.

    It sufficed when this was offered; but somebody may have set up another since, and a password alone goes no further
    then (ENR-02).
    """
    interaction, order = situation.interaction, situation.bundle.order
    names = tuple(name for name in interaction.further if name in order and installed.enrollable_factor(name))
    if not names or interaction.enrolled_here or SETTING_UP in situation.demand.actions:
        return names
    return names if another.decision_of(situation).outcome in (Outcome.ALLOW, Outcome.ENROL) else ()


def _lengthen(situation: Situation) -> Lengthen | None:
    """Return the step of a longer password, where what stood beside the one that was given was taken away."""
    shortest = situation.lengthen
    if not shortest:
        return None
    may_enrol = bool(situation.enrollable) and another.decision_of(situation).outcome is not Outcome.DENY
    return Lengthen(shortest=shortest, may_enrol=may_enrol)


def _resend_at(tx: Tx, situation: Situation, installed: Installed) -> datetime | None:
    interaction = situation.interaction
    factor = installed.factors.get(interaction.challenge_factor)
    if not interaction.challenge_state or factor is None or factor.sending is None:
        return None
    return sender.next_at(tx, sender.pace_key(interaction), situation.now)
