"""Changes of levels, their order and their aliases, and of actions."""

from collections.abc import Iterator

from idp.policy.differences.model import Difference, Direction, listed
from idp.policy.differences.model import sentence as _
from idp.policy.differences.requirements import of_requirement, towards
from idp.policy.language import Bundle, Level
from idp.policy.levels import is_as_strong


def of_levels(was: Bundle, now: Bundle) -> Iterator[Difference]:
    """Yield what changed in the levels."""
    for name, level in now.levels.items():
        key = f"acr.{name}"
        if name not in was.levels:
            yield Difference(key, Direction.CHANGED, _("The level %(name)s is new.", name=name))
        else:
            yield from _level(key, was.levels[name], level)
    for name in was.levels:
        if name not in now.levels:
            said = _("The level %(name)s is gone: who asks for it is no longer understood.", name=name)
            yield Difference(f"acr.{name}", Direction.LOOSER, said)
    kept = [[name for name in one.levels if name in other.levels] for one, other in ((was, now), (now, was))]
    if kept[0] != kept[1]:
        said = _("Levels are listed in another order, which decides between equals: %(names)s.", names=kept[1])
        yield Difference("acr", Direction.CHANGED, said)


def _level(key: str, before: Level, after: Level) -> Iterator[Difference]:
    if (before.needs, before.valid_for) != (after.needs, after.valid_for):
        is_up, is_down = is_as_strong(after, before), is_as_strong(before, after)
        direction = Direction.CHANGED if is_up is is_down else towards(is_stricter=is_up)
        values = {"name": after.name, "before": _span(before), "after": _span(after)}
        if before.needs != after.needs:
            yield Difference(key, direction, _("The level %(name)s needs other proofs.", **values))
        if before.valid_for != after.valid_for:
            yield Difference(
                key, direction, _("The level %(name)s holds for %(after)s instead of %(before)s.", **values)
            )
    added, removed = set(after.aliases) - set(before.aliases), set(before.aliases) - set(after.aliases)
    if added:
        said = _("The level %(name)s is also called %(aliases)s.", name=after.name, aliases=listed(added))
        yield Difference(key, Direction.CHANGED, said)
    if removed:
        said = _("The level %(name)s is no longer called %(aliases)s.", name=after.name, aliases=listed(removed))
        yield Difference(key, Direction.LOOSER, said)
    if before.title != after.title:
        said = _("%(name)s is now called “%(after)s”.", name=after.name, after=after.title)
        yield Difference(key, Direction.CHANGED, said)


def _span(level: Level) -> object:
    return "∞" if level.valid_for is None else level.valid_for


def of_actions(was: Bundle, now: Bundle) -> Iterator[Difference]:
    """Yield what changed in the named actions."""
    for name, action in now.actions.items():
        key = f"actions.{name}"
        if name not in was.actions:
            said = _("The action %(name)s is new: it asks for %(levels)s.", name=name, levels=action.require.acr)
            yield Difference(key, Direction.CHANGED, said)
            continue
        before = was.actions[name]
        yield from of_requirement(key, before.require, action.require, was=was, now=now)
        if before.title != action.title:
            said = _("%(name)s is now called “%(after)s”.", name=name, after=action.title)
            yield Difference(key, Direction.CHANGED, said)
    for name in was.actions:
        if name not in now.actions:
            said = _("The action %(name)s is gone: whoever names it is refused.", name=name)
            yield Difference(f"actions.{name}", Direction.STRICTER, said)
