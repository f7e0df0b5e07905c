"""Changes of what is required: levels, age, forbidden factors."""

from collections.abc import Iterator
from datetime import timedelta

from idp.policy.differences.model import Difference, Direction, Sentence, listed
from idp.policy.differences.model import sentence as _
from idp.policy.language import Bundle
from idp.policy.levels import is_as_strong
from idp.policy.model import Requirement


def of_requirement(
    key: str, before: Requirement, after: Requirement, *, was: Bundle, now: Bundle
) -> Iterator[Difference]:
    """Yield what changed in what a rule or an action requires."""
    name = key.partition(".")[2]
    if before.acr != after.acr:
        yield Difference(key, _direction(before, after, was=was, now=now), _levels(name, before, after))
    if before.max_age != after.max_age:
        is_shorter = before.max_age is None or (after.max_age is not None and after.max_age < before.max_age)
        yield Difference(key, towards(is_stricter=is_shorter), _age(name, before.max_age, after.max_age))
    added, removed = listed(after.forbid - before.forbid), listed(before.forbid - after.forbid)
    if added:
        said = _("%(name)s no longer accepts %(factors)s.", name=name, factors=added)
        yield Difference(key, Direction.STRICTER, said)
    if removed:
        yield Difference(key, Direction.LOOSER, _("%(name)s now accepts %(factors)s.", name=name, factors=removed))


def towards(*, is_stricter: bool) -> Direction:
    """Return which of the two ways it goes."""
    return Direction.STRICTER if is_stricter else Direction.LOOSER


def _levels(name: str, before: Requirement, after: Requirement) -> Sentence:
    if not before.acr:
        return _("%(name)s now asks for %(levels)s.", name=name, levels=after.acr)
    if not after.acr:
        return _("%(name)s no longer asks for %(levels)s.", name=name, levels=before.acr)
    return _("%(name)s asks for %(after)s instead of %(before)s.", name=name, after=after.acr, before=before.acr)


def _age(name: str, before: timedelta | None, after: timedelta | None) -> Sentence:
    if before is None:
        return _("%(name)s now accepts proofs for at most %(after)s.", name=name, after=after)
    if after is None:
        return _("%(name)s no longer limits the age of proofs; it was %(before)s.", name=name, before=before)
    return _("%(name)s accepts proofs for %(after)s instead of %(before)s.", name=name, after=after, before=before)


def _direction(before: Requirement, after: Requirement, *, was: Bundle, now: Bundle) -> Direction:
    """Return which way the levels go: each level of the one side must be implied by one of the other."""
    is_up, is_down = _implies(now, after, was, before), _implies(was, before, now, after)
    return Direction.CHANGED if is_up is is_down else towards(is_stricter=is_up)


def _implies(own: Bundle, one: Requirement, others: Bundle, other: Requirement) -> bool:
    return all(any(is_as_strong(own.levels[mine], others.levels[theirs]) for mine in one.acr) for theirs in other.acr)
