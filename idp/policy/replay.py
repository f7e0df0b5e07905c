"""A draft held against decisions of the past: who would be asked more, stopped, or let off (policy.md §4).

Each situation is gone through as it went: the proofs of its interaction one after the other, until a policy asks for no
more. Both policies are asked the same, so the same policy never differs from itself, and what is told is the draft's
doing alone. Pure: records come in as text, a tally comes out; tallies add up, so that processes can share the work.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from idp.core.assurance import Evidence
from idp.core.errors import ConfigError
from idp.policy.engine import decide
from idp.policy.kinds import Kinds
from idp.policy.language import Bundle
from idp.policy.model import Enrolled, Facts, Outcome
from idp.policy.record import restore

MOST_EXAMPLES = 5
MOST_KINDS = 100_000
_MOST_NAMES = 2_000
ABANDONED = "abandoned"
"""The outcome of an interaction that somebody left half-way."""
OTHERS = "…"
"""Stands for the names that are too many to be counted one by one."""


class Effect(StrEnum):
    """What a draft would have done to somebody."""

    CHALLENGED = "challenged"
    """Asked for more proofs."""
    BLOCKED = "blocked"
    """Refused."""
    ENROLLED = "enrolled"
    """Made to set something up first."""
    FREED = "freed"
    """Asked for less, or let in."""


class Row(NamedTuple):
    """One record, as far as a replay reads it."""

    id: str
    client_id: str
    snapshot: str
    outcome: str = ""


class Verdict(NamedTuple):
    """What a draft would have changed of one decision."""

    effect: Effect | None
    extra: int
    """Proofs asked beside those that are asked today."""
    rules: tuple[str, ...]
    """Whose doing it is."""


class _Course(NamedTuple):
    asked: int
    severity: int
    because: tuple[str, ...]


@dataclass(slots=True)
class Tally:
    """What has been counted; two of them add up to one."""

    records: int = 0
    unreadable: int = 0
    extra: int = 0
    abandoned: int = 0
    """Records of what was left half-way."""
    given_up: Counter[str] = field(default_factory=Counter)
    """Of each effect, how many had been left half-way: whom a draft frees might have stayed."""
    effects: Counter[str] = field(default_factory=Counter)
    clients: Counter[tuple[str, str]] = field(default_factory=Counter)
    groups: Counter[tuple[str, str]] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def note(self, row: Row, verdict: Verdict, groups: Iterable[str]) -> None:
        """Count one decision."""
        self.records += 1
        is_abandoned = row.outcome == ABANDONED
        self.abandoned += is_abandoned
        if verdict.effect is None:
            return
        effect = verdict.effect.value
        if is_abandoned:
            self.given_up[effect] += 1
        self.extra += verdict.extra
        self.effects[effect] += 1
        _count(self.clients, effect, row.client_id)
        for group in groups:
            _count(self.groups, effect, group)
        for rule in verdict.rules:
            _count(self.rules, effect, rule)
        examples = self.examples.setdefault(effect, [])
        if len(examples) < MOST_EXAMPLES:
            examples.append(row.id)

    def add(self, other: "Tally") -> None:
        """Take in what another has counted."""
        self.records += other.records
        self.unreadable += other.unreadable
        self.extra += other.extra
        self.abandoned += other.abandoned
        self.given_up.update(other.given_up)
        self.effects.update(other.effects)
        for mine, theirs in ((self.clients, other.clients), (self.groups, other.groups), (self.rules, other.rules)):
            for (effect, name), count in theirs.items():
                _count(mine, effect, name, count)
        for effect, ids in other.examples.items():
            kept = self.examples.setdefault(effect, [])
            kept += ids[: MOST_EXAMPLES - len(kept)]


class Replay:
    """Holds one draft against what is live, each kind of situation once."""

    def __init__(self, live: Bundle, draft: Bundle) -> None:
        self._live = live
        self._draft = draft
        self._kinds = Kinds(live, draft)
        self._known: dict[tuple[object, ...], Verdict] = {}

    def run(self, rows: Iterable[Row]) -> Tally:
        """Return what the draft would have changed of these decisions."""
        tally = Tally()
        for row in rows:
            try:
                facts, evidence, enrolled, now = restore(row.snapshot)
            except ConfigError:
                tally.unreadable += 1
                continue
            groups = facts.values.get("user.groups", ())
            verdict = self.verdict(facts, evidence, enrolled, now)
            tally.note(row, verdict, groups if isinstance(groups, tuple) else ())
        return tally

    def verdict(
        self, facts: Facts, evidence: Sequence[Evidence], enrolled: Sequence[Enrolled], now: datetime
    ) -> Verdict:
        """Return what the draft would have changed of one decision."""
        kind = self._kinds.of(facts, evidence, enrolled, now)
        found = self._known.get(kind)
        if found is None:
            if len(self._known) >= MOST_KINDS:
                self._known.clear()
            found = self._known[kind] = compared(
                *(_course(bundle, facts, evidence, enrolled, now) for bundle in (self._live, self._draft))
            )
        return found


def compared(before: _Course, after: _Course) -> Verdict:
    """Return what it means that one policy leads here and the other there."""
    added = tuple(name for name in after.because if name not in before.because)
    dropped = tuple(name for name in before.because if name not in after.because)
    if after.severity > before.severity:
        return Verdict(Effect.BLOCKED if after.severity == _DENIED else Effect.ENROLLED, 0, added or after.because)
    if after.severity < before.severity:
        return Verdict(Effect.FREED, 0, dropped or before.because)
    extra = after.asked - before.asked
    if extra > 0:
        return Verdict(Effect.CHALLENGED, extra, added or after.because)
    return Verdict(Effect.FREED, extra, dropped or before.because) if extra < 0 else Verdict(None, 0, ())


_DENIED = 2
_SEVERITY = {Outcome.ALLOW: 0, Outcome.CHALLENGE: 0, Outcome.ENROL: 1, Outcome.DENY: _DENIED}


def _course(
    bundle: Bundle, facts: Facts, evidence: Sequence[Evidence], enrolled: Sequence[Enrolled], now: datetime
) -> _Course:
    """Go through one interaction under a policy, until it asks for no more or there is no more to give."""
    earlier = [each for each in evidence if each.interaction_id != facts.interaction_id]
    here = sorted((each for each in evidence if each.interaction_id == facts.interaction_id), key=lambda each: each.at)
    # Without a session, nobody is known before the first proof.
    first = 0 if earlier or not here else 1
    for count in range(first, len(here) + 1):
        decision = decide(bundle, facts, (*earlier, *here[:count]), enrolled, now=now)
        if decision.skippable or decision.outcome is not Outcome.CHALLENGE:
            severity = 0 if decision.skippable else _SEVERITY[decision.outcome]
            return _Course(count, severity, decision.because)
    missing = len(decision.options[0]) if decision.options else 1
    return _Course(len(here) + missing, 0, decision.because)


def _count(counter: Counter[tuple[str, str]], effect: str, name: str, count: int = 1) -> None:
    """Count under a name, or with all others where there are too many."""
    key = (effect, name)
    counter[key if key in counter or len(counter) < _MOST_NAMES else (effect, OTHERS)] += count
