"""Levels: what a set of proofs is worth, the derived order of levels, and the join of requirements (policy.md §2, §3).

A proof's worth is a set of bits: three for its kinds, eight for the combinations of properties it shows. So the worth
of several proofs is the union of their bits, and "all three properties on one proof" is one bit.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from idp.core.assurance import FactorTraits, Kind, Property
from idp.policy.language import Alternative, Bundle, Level
from idp.policy.model import Requirement

_KIND_BITS = {Kind.KNOW: 1, Kind.HAVE: 2, Kind.ARE: 4}
_KINDS = 0b111
_PHISHING_RESISTANT, _DEVICE_BOUND, _ATTESTED = 1, 2, 4
_COMBINATION_BITS = tuple(sum(1 << (3 + part) for part in range(8) if part & shown == part) for shown in range(8))
"""By the properties one proof shows: a bit for each combination it can serve."""


def worth_of(traits: FactorTraits, properties: frozenset[Property]) -> int:
    """Return what one proof of a factor with these properties is worth."""
    shown = (
        _PHISHING_RESISTANT * traits.phishing_resistant
        | _DEVICE_BOUND * (Property.DEVICE_BOUND in properties)
        | _ATTESTED * (Property.ATTESTED in properties)
    )
    return sum(_KIND_BITS[kind] for kind in traits.kinds_of(properties)) | _COMBINATION_BITS[shown]


def kinds_in(worth: int) -> int:
    """Return how many kinds a worth holds."""
    return (worth & _KINDS).bit_count()


def meets(alternative: Alternative, channels: Mapping[str, set[int]]) -> bool:
    """Tell whether proofs, given as the worths found on each channel, contain all that an alternative asks.

    Proofs on one channel count as one: of each channel one proof is taken.
    """
    if len(channels) < max(alternative.proofs, alternative.channels):
        return False
    shown = _asked_combination(alternative)
    return any(kinds_in(worth) >= alternative.kinds and worth & shown == shown for worth in _unions(channels))


def _asked_combination(alternative: Alternative) -> int:
    asked = (
        _PHISHING_RESISTANT * alternative.phishing_resistant
        | _DEVICE_BOUND * alternative.device_bound
        | _ATTESTED * alternative.attested
    )
    return 1 << (3 + asked)


def _unions(channels: Mapping[str, set[int]]) -> set[int]:
    """Return the worth of every choice of one proof a channel; there are few distinct ones, however many proofs."""
    unions = {0}
    for worths in channels.values():
        unions = {union | worth for union in unions for worth in worths}
    return unions


def is_as_strong(one: Level, other: Level) -> bool:
    """Tell whether `one` is as strong as `other`: every alternative of it asks all that some alternative there asks."""
    if other.valid_for is not None and (one.valid_for is None or one.valid_for > other.valid_for):
        return False
    return all(any(_asks_all_of(mine, theirs) for theirs in other.needs) for mine in one.needs)


def _asks_all_of(mine: Alternative, theirs: Alternative) -> bool:
    return (
        mine.kinds >= theirs.kinds
        and max(mine.proofs, mine.channels) >= max(theirs.proofs, theirs.channels)
        and mine.phishing_resistant >= theirs.phishing_resistant
        and mine.device_bound >= theirs.device_bound
        and mine.attested >= theirs.attested
    )


def order_of(levels: Mapping[str, Level]) -> Mapping[str, tuple[str, ...]]:
    """Return, for each level, itself and all levels as strong as it."""
    return {
        name: tuple(other for other, candidate in levels.items() if is_as_strong(candidate, level))
        for name, level in levels.items()
    }


def strongest(bundle: Bundle, names: Iterable[str]) -> tuple[str, ...]:
    """Return the maximal ones among levels, in the bundle's order; of equally strong ones the one listed first."""
    held = set(names)
    listed = [name for name in bundle.levels if name in held]
    return tuple(
        name
        for position, name in enumerate(listed)
        if not any(_outranks(bundle, other, name, at < position) for at, other in enumerate(listed) if other != name)
    )


def _outranks(bundle: Bundle, one: str, other: str, is_listed_before: bool) -> bool:
    if one not in bundle.stronger[other]:
        return False
    return is_listed_before or other not in bundle.stronger[one]


def join(bundle: Bundle, requirements: Iterable[Requirement]) -> Requirement:
    """Return the least requirement that is as strict as all: commutative, associative and idempotent.

    All levels, the smallest `max_age`, the union of `forbid`; a level that a stronger one implies is left out.
    """
    joined = tuple(requirements)
    ages = [each.max_age for each in joined if each.max_age is not None]
    return Requirement(
        acr=strongest(bundle, (name for each in joined for name in each.acr)),
        max_age=min(ages) if ages else None,
        forbid=frozenset().union(*(each.forbid for each in joined)),
    )


def shorter(one: timedelta | None, other: timedelta | None) -> timedelta | None:
    """Return the shorter of two spans, None being endless."""
    if one is None or other is None:
        return one if other is None else other
    return min(one, other)
