"""Which proofs count, and which levels they hold (policy.md §2, §3.4).

A proof counts for a level while it is younger than the smaller of `max_age` and the level's `valid_for`; one given in
this interaction always does. Beside a young proof of another kind an older password still counts where two are asked; a
fresh password alone never refreshes a multi-factor level. Nothing counts but beside a counting proof that may open a
session.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.core.assurance import Evidence
from idp.policy.language import FIRST_LEVEL, TWO_STEPS, Alternative, Bundle, Level
from idp.policy.levels import meets, shorter

PASSWORD = "password"
LEAST_LEFT = timedelta(minutes=1)
"""A level with less than this left is asked again, so that no token is born lapsed (policy.md, Tokens)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that was given, or one that could be."""

    factor: str
    channel: str
    at: datetime
    worth: int
    is_here: bool
    """Given in this interaction, which lives 15 minutes: always young."""
    is_held_back: bool
    """Of a factor enrolled less than `hold` ago."""
    evidence: Evidence | None = None
    """None for a proof that could be given."""


IsYoung = Callable[[Proof], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms on which proofs count for one requirement."""

    bundle: Bundle
    now: datetime
    max_age: timedelta | None = None
    forbid: frozenset[str] = frozenset()
    is_recovering: bool = False
    least_left: timedelta = LEAST_LEFT

    def meets(self, acr: Iterable[str], proofs: Sequence[Proof]) -> bool:
        """Tell whether all these levels hold by these proofs."""
        admitted = self.admitted(proofs)
        return all(self._holds(name, admitted) for name in acr)

    def holding(self, proofs: Sequence[Proof]) -> tuple[str, ...]:
        """Return the levels that hold, in the bundle's order."""
        admitted = self.admitted(proofs)
        return tuple(name for name in self.bundle.levels if self._holds(name, admitted))

    def counting(self, name: str, proofs: Sequence[Proof]) -> tuple[Proof, ...]:
        """Return the proofs that count for a level: those of every alternative by which it holds."""
        admitted = self.admitted(proofs)
        counted = {
            id(proof)
            for level in self._as_strong(name)
            for alternative in level.needs
            if self._is_met(alternative, pool := self._usable(level, admitted), young := self._is_young_for(level))
            for proof in self._pool(alternative, pool, young)
        }
        return tuple(proof for proof in proofs if id(proof) in counted)

    def ages_from(self, name: str, proofs: Sequence[Proof]) -> tuple[datetime, datetime | None] | None:
        """Return since when a level ages, and when it lapses (None: never); None when it does not hold.

        It ages from the oldest proof of its newest sufficient set, a password beside another kind left aside.
        """
        admitted = self.admitted(proofs)
        since: list[datetime] = []
        lapses: list[datetime | None] = []
        for level in self._as_strong(name):
            newest = self._newest(level, admitted)
            if newest is not None:
                since.append(newest)
                lapses.append(None if level.valid_for is None else newest + level.valid_for)
        if not since:
            return None
        return max(since), None if None in lapses else max(each for each in lapses if each is not None)

    def admitted(self, proofs: Sequence[Proof]) -> list[Proof]:
        """Return the proofs that may count at all: none forbidden; only those given here when `max_age` is 0."""
        is_strict = self.max_age == timedelta(0)
        return [proof for proof in proofs if proof.factor not in self.forbid and (proof.is_here or not is_strict)]

    def _holds(self, name: str, proofs: Sequence[Proof]) -> bool:
        """Tell whether a level holds by its own needs, or because a stronger one does."""
        return any(
            self._is_met(alternative, self._usable(level, proofs), self._is_young_for(level))
            for level in self._as_strong(name)
            for alternative in level.needs
        )

    def _as_strong(self, name: str) -> list[Level]:
        bundle = self.bundle
        ceiling = TWO_STEPS if TWO_STEPS in bundle.levels else FIRST_LEVEL
        return [
            bundle.levels[each]
            for each in bundle.stronger[name]
            if not self.is_recovering or ceiling in bundle.stronger[each]
        ]

    def _usable(self, level: Level, proofs: Sequence[Proof]) -> Sequence[Proof]:
        """Return the proofs without those of factors that `hold` keeps from levels above `in_flow`."""
        ceiling = self.bundle.enrolment.in_flow or FIRST_LEVEL
        if ceiling in self.bundle.stronger[level.name]:
            return proofs
        return [proof for proof in proofs if not proof.is_held_back]

    def _is_young_for(self, level: Level) -> IsYoung:
        left = None if level.valid_for is None else level.valid_for - self.least_left
        limit, now = shorter(self.max_age, left), self.now
        return lambda proof: proof.is_here or limit is None or now - proof.at < limit

    def _newest(self, level: Level, proofs: Sequence[Proof]) -> datetime | None:
        """Return the oldest time in the newest set that suffices for a level's own needs."""
        is_young, usable = self._is_young_for(level), self._usable(level, proofs)
        found = []
        for alternative in level.needs:
            pool = self._pool(alternative, usable, is_young)
            for moment in sorted({proof.at for proof in pool}, reverse=True):
                if self._is_met(alternative, pool, _not_before(moment)):
                    found.append(moment)
                    break
        return max(found, default=None)

    def _is_met(self, alternative: Alternative, proofs: Sequence[Proof], is_young: IsYoung) -> bool:
        channels: dict[str, set[int]] = {}
        for proof in self._pool(alternative, proofs, is_young):
            channels.setdefault(proof.channel, set()).add(proof.worth)
        return bool(channels) and meets(alternative, channels)

    def _pool(self, alternative: Alternative, proofs: Sequence[Proof], is_young: IsYoung) -> list[Proof]:
        """Return the proofs that count for one alternative."""
        pool = [proof for proof in proofs if is_young(proof)]
        if alternative.counts_two and any(proof.factor != PASSWORD for proof in pool):
            pool += [proof for proof in proofs if proof.factor == PASSWORD and not is_young(proof)]
        may_open = self.bundle.first
        return pool if any(proof.factor in may_open for proof in pool) else []


def _not_before(moment: datetime) -> IsYoung:
    return lambda proof: proof.at >= moment
