"""Which proofs count, and which levels they hold (policy.md §2, §3.4).

A proof counts for a level while it is younger than the smaller of `max_age` and the level's `valid_for`; one given in
this interaction always does. Beside a young proof of another kind an older password still counts where two are asked; a
fresh password alone never refreshes a multi-factor level. Nothing counts but beside a counting proof that may open a
session.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from msgspec import Struct

from idp.core.assurance import Evidence
from idp.policy.language import FIRST_LEVEL, TWO_STEPS, Bundle, Way
from idp.policy.levels import shorter, suffices

PASSWORD = "password"
LEAST_LEFT = timedelta(minutes=1)
"""A level with less than this left is asked again, so that no token is born lapsed (policy.md, Tokens)."""
_EVER = datetime.min.replace(tzinfo=UTC)


class Proof(Struct, frozen=True):
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


class Terms(Struct, frozen=True, kw_only=True):
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

    def holding(self, proofs: Sequence[Proof], names: Iterable[str] | None = None) -> tuple[str, ...]:
        """Return the levels that hold, in the bundle's order; of these `names` alone, where they are given."""
        admitted = self.admitted(proofs)
        return tuple(name for name in (self.bundle.levels if names is None else names) if self._holds(name, admitted))

    def counting(self, name: str, proofs: Sequence[Proof]) -> tuple[Proof, ...]:
        """Return the proofs that count for a level: those of every way by which it holds."""
        admitted = self.admitted(proofs)
        pools = [self._pool(way, admitted, self._after(way)) for way in self.bundle.ways[name]]
        ways = zip(self.bundle.ways[name], pools, strict=True)
        counted = {id(proof) for way, pool in ways if _holds_by(way, pool) for proof in pool}
        return tuple(proof for proof in proofs if id(proof) in counted)

    def ages_from(self, name: str, proofs: Sequence[Proof]) -> tuple[datetime, datetime | None]:
        """Return since when a level that holds ages, and when it lapses (None: never).

        It ages from the oldest proof of its newest sufficient set, a password beside another kind left aside.
        """
        admitted = self.admitted(proofs)
        worths = _worths(admitted)
        found = [
            (newest, way.valid_for)
            for way in self.bundle.ways[name]
            if suffices(way, worths) and (newest := self._newest(way, admitted)) is not None
        ]
        lapses = [newest + valid_for for newest, valid_for in found if valid_for is not None]
        is_endless = len(lapses) < len(found)
        return max(newest for newest, _ in found), None if is_endless else max(lapses)

    def admitted(self, proofs: Sequence[Proof]) -> list[Proof]:
        """Return the proofs that may count at all: none forbidden; only those given here when `max_age` is 0."""
        is_strict = self.max_age == timedelta(0)
        return [proof for proof in proofs if proof.factor not in self.forbid and (proof.is_here or not is_strict)]

    def _holds(self, name: str, proofs: Sequence[Proof]) -> bool:
        """Tell whether a level holds by its own needs, or because a stronger one does."""
        worths = _worths(proofs)
        for way in self.bundle.ways[name]:
            # What not all proofs together would do needs no look at which of them are young.
            if not suffices(way, worths):
                continue
            pool = self._pool(way, proofs, self._after(way))
            if len(pool) == len(proofs) or _holds_by(way, pool):
                return True
        return False

    def _after(self, way: Way) -> datetime:
        """Return the moment after which a proof is young for a way."""
        left = None if way.valid_for is None else way.valid_for - self.least_left
        limit = shorter(self.max_age, left)
        return _EVER if limit is None else self.now - limit

    def _newest(self, way: Way, proofs: Sequence[Proof]) -> datetime | None:
        """Return the oldest time in the newest set that suffices for a way."""
        pool = self._pool(way, proofs, self._after(way))
        if not _holds_by(way, pool):
            return None
        *newer, oldest = sorted({proof.at for proof in pool}, reverse=True)
        return next((moment for moment in newer if _holds_by(way, self._since(way, pool, moment))), oldest)

    def _since(self, way: Way, pool: Sequence[Proof], moment: datetime) -> list[Proof]:
        """Return those of a pool that are as new as this; since the oldest of them it is all."""
        return self._pool(way, pool, moment - datetime.resolution, with_here=False)

    def _pool(self, way: Way, proofs: Sequence[Proof], after: datetime, *, with_here: bool = True) -> list[Proof]:
        """Return the proofs that count for one way: nothing without one that may open a session."""
        young, old_passwords = [], []
        is_beside_another = False
        for proof in proofs:
            if proof.is_held_back and not self._is_at_most(way.level, self.bundle.enrolment.in_flow):
                continue
            if proof.at > after or (with_here and proof.is_here):
                young.append(proof)
                is_beside_another = is_beside_another or proof.factor != PASSWORD
            elif proof.factor == PASSWORD:
                old_passwords.append(proof)
        if way.counts_two and is_beside_another:
            young += old_passwords
        return young if self._may_open(way, young) else []

    def _may_open(self, way: Way, pool: Iterable[Proof]) -> bool:
        if self.is_recovering and not self._is_at_most(way.level, TWO_STEPS):
            return False
        first = self.bundle.first
        return not {proof.factor for proof in pool}.isdisjoint(first)

    def _is_at_most(self, level: str, ceiling: str) -> bool:
        """Tell whether a level lies at or below a ceiling; where the bundle has none such, at or below the first."""
        known = ceiling if ceiling in self.bundle.levels else FIRST_LEVEL
        return known in self.bundle.stronger[level]


def _holds_by(way: Way, pool: Sequence[Proof]) -> bool:
    return suffices(way, _worths(pool))


def _worths(proofs: Sequence[Proof]) -> list[tuple[str, int]]:
    return [(proof.channel, proof.worth) for proof in proofs]
