"""A version at work before it is live: a shadow that enforces nothing, then a canary for some people (policy.md §4).

Either passes lint first; a canary decides, so it passes the whole gate, and where a second administrator must agree it
is published instead. Publishing and rolling back end both.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from idp.admin.policies.gate import Gate
from idp.admin.policies.model import Checked, Refused, Stale, Unchanged, Wish
from idp.admin.policies.publishing import Publisher
from idp.admin.policies.told import told
from idp.core.clock import Clock
from idp.core.errors import Problem
from idp.policy.language import Bundle
from idp.records.bundles.model import Rollout, Trial
from idp.records.bundles.rollouts import store as rollouts
from idp.records.decisions import store as decisions
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True)
class Started:
    """It is at work."""

    version: str
    checked: Checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a shadow would have changed since it was started."""

    version: str
    compared: int
    effects: Counter[str]
    clients: Counter[tuple[str, str]]


class Rollouts:
    """Sets versions to work beside the live one."""

    def __init__(self, *, publisher: Publisher, gate: Gate, clock: Clock) -> None:
        self._publisher = publisher
        self._gate = gate
        self._clock = clock

    def shadow(self, tx: Tx, wish: Wish) -> Started | Refused | Stale | Unchanged:
        """Compare a version with every decision from now on."""
        return self._start(tx, wish, Rollout.SHADOW)

    def canary(
        self, tx: Tx, wish: Wish, *, share: int = 0, audience: str = ""
    ) -> Started | Refused | Stale | Unchanged:
        """Let a version decide for a share of all people, in ten-thousandths, or for a group."""
        return self._start(tx, wish, Rollout.CANARY, share=share, audience=audience)

    def end(self, tx: Tx, kind: Rollout, *, by: str) -> bool:
        """End one; tell whether there was one."""
        found = next((each for each in rollouts.list_rollouts(tx) if each.kind is kind), None)
        if found is None or not rollouts.end(tx, kind):
            return False
        live = self._publisher.live(tx)
        wish = Wish(bundle=live, parent=found.version, by=by)
        told(tx, f"policy.{kind.value}.ended", wish, changes=(), now=self._clock.now())
        return True

    def comparison(self, tx: Tx) -> Comparison | None:
        """Return what the shadow would have changed so far; None where there is none."""
        live = self._publisher.live(tx)
        trials = rollouts.list_rollouts(tx)
        trial = next((each for each in trials if each.kind is Rollout.SHADOW and each.parent == live.version), None)
        if trial is None:
            return None
        effects: Counter[str] = Counter()
        clients: Counter[tuple[str, str]] = Counter()
        compared = 0
        for effect, client, count in decisions.count_compared(tx, trial.version, since=trial.at - timedelta(seconds=1)):
            compared += count
            if effect:
                effects[effect] += count
                clients[effect, client] += count
        return Comparison(version=trial.version, compared=compared, effects=effects, clients=clients)

    def _start(
        self, tx: Tx, wish: Wish, kind: Rollout, *, share: int = 0, audience: str = ""
    ) -> Started | Refused | Stale | Unchanged:
        live, now = self._publisher.live(tx), self._clock.now()
        if wish.bundle.version == live.version:
            return Unchanged(live.version)
        if wish.parent != live.version:
            return self._publisher.stale(tx)
        checked = self._checked(tx, wish.bundle, live, kind)
        if checked.problems:
            return Refused(checked)
        self._publisher.keep(tx, wish, now)
        trial = Trial(
            kind=kind,
            version=wish.bundle.version,
            parent=live.version,
            by=wish.by,
            at=now,
            share=share,
            audience=audience,
        )
        rollouts.put(tx, trial)
        told(tx, f"policy.{kind.value}.started", wish, changes=checked.changes, now=now)
        return Started(wish.bundle.version, checked)

    def _checked(self, tx: Tx, bundle: Bundle, live: Bundle, kind: Rollout) -> Checked:
        checked = self._gate.check(tx, bundle, live=live, now=self._clock.now())
        if kind is Rollout.SHADOW or not live.publishing.second_approver:
            return checked
        text = "a canary decides, and a second administrator must agree: publish it instead"
        problems = (*checked.problems, Problem(text, key="publishing.second_approver"))
        return Checked(problems=problems, warnings=checked.warnings, changes=checked.changes, census=checked.census)
