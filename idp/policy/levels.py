"""Levels: what a set of proofs is worth, the derived order of levels, and the join of requirements (policy.md §2, §3).

A proof's worth is a set of bits: three for its kinds, eight for the combinations of properties it shows. So the worth
of several proofs is the union of their bits, and "all three properties on one proof" is one bit.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from idp.core.assurance import FactorTraits, Kind, Property
from idp.policy.language import Alternative, Bundle, Level, Way
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


def suffices(way: Way, worths: Sequence[tuple[str, int]]) -> bool:
    """Tell whether proofs, given as channel and worth, contain all that a way asks.

    Proofs on one channel count as one: of each channel one proof is taken.
    """
    everything = 0
    for _, worth in worths:
        everything |= worth
    if not _shows(way, everything):  # nor does any choice among them
        return False
    if len({channel for channel, _ in worths}) == len(worths):  # no choice: as most sessions are
        return len(worths) >= way.count
    channels: dict[str, set[int]] = {}
    for channel, worth in worths:
        channels.setdefault(channel, set()).add(worth)
    if len(channels) < way.count:
        return False
    return any(_shows(way, worth) for worth in _unions(channels.values()))


def _shows(way: Way, worth: int) -> bool:
    return (worth & _KINDS).bit_count() >= way.kinds and worth & way.shown == way.shown


def _unions(channels: Iterable[set[int]]) -> set[int]:
    """Return the worth of every choice of one proof a channel; there are few distinct ones, however many proofs."""
    unions = {0}
    for worths in channels:
        unions = {union | worth for union in unions for worth in worths}
    return unions


def ways_of(levels: Mapping[str, Level], stronger: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Way, ...]]:
    """Return, for each level, the ways to hold it: by its own needs, or because a stronger one holds.

    A way that another covers is left out: it would never decide anything.
    """
    ways: dict[str, tuple[Way, ...]] = {}
    for name in levels:
        found: list[Way] = []
        for other in sorted(stronger[name], key=lambda other: other != name):
            found += [way for way in _own_ways(levels[other]) if not any(_covers(kept, way) for kept in found)]
        ways[name] = tuple(found)
    return ways


def _own_ways(level: Level) -> list[Way]:
    return [
        Way(
            level=level.name,
            count=max(alternative.proofs, alternative.channels),
            kinds=alternative.kinds,
            shown=1 << (3 + _combination(alternative)),
            counts_two=alternative.counts_two,
            valid_for=level.valid_for,
        )
        for alternative in level.needs
    ]


def _covers(one: Way, other: Way) -> bool:
    """Tell whether `one` holds wherever `other`, of a stronger level, does."""
    is_as_long = one.valid_for is None or (other.valid_for is not None and other.valid_for <= one.valid_for)
    # Beside a young proof an old password counts only where two are asked: such a way is not covered by a lesser one.
    admits_password = one.counts_two or not other.counts_two
    asks_less = one.count <= other.count and one.kinds <= other.kinds and _is_part(one.shown, other.shown)
    return is_as_long and admits_password and asks_less


def _is_part(one: int, other: int) -> bool:
    """Tell whether a proof that shows the properties of the bit `other` shows those of the bit `one`."""
    return bool(_COMBINATION_BITS[other.bit_length() - 4] & one)


def _combination(alternative: Alternative) -> int:
    return (
        _PHISHING_RESISTANT * alternative.phishing_resistant
        | _DEVICE_BOUND * alternative.device_bound
        | _ATTESTED * alternative.attested
    )


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
    if len(listed) < 2:
        return tuple(listed)
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
