"""Changes of rules: which are new or gone, where they apply, whom they excuse, what they ask."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from idp.policy.differences.model import Difference, Direction, Sentence, flow, listed
from idp.policy.differences.model import sentence as _
from idp.policy.differences.requirements import of_requirement, towards
from idp.policy.language import Bundle, EnrolOrder, Rule
from idp.policy.model import Requirement

Written = Mapping[str, Any]
"""A rule as it stands in the document."""


def of_rules(
    was: Bundle, now: Bundle, written_before: Mapping[str, Written], written_now: Mapping[str, Written]
) -> Iterator[Difference]:
    """Yield what changed in the rules; their order means nothing."""
    before, after = {rule.id: rule for rule in was.rules}, {rule.id: rule for rule in now.rules}
    for name, rule in after.items():
        key = f"rules.{name}"
        if name not in before:
            yield from _new(key, rule, now=now)
        else:
            yield from _place(key, before[name], rule)
            yield from _conditions(key, written_before[name], written_now[name])
            yield from _outcome(key, before[name], rule, was=was, now=now)
    for name in before:
        if name not in after:
            yield Difference(f"rules.{name}", Direction.LOOSER, _("The rule %(name)s is gone.", name=name))


def _new(key: str, rule: Rule, *, now: Bundle) -> Iterator[Difference]:
    yield Difference(key, Direction.STRICTER, _introduced(rule))
    if rule.require is not None:
        yield from of_requirement(key, Requirement(acr=rule.require.acr), rule.require, was=now, now=now)


def _introduced(rule: Rule) -> Sentence:
    if rule.deny:
        return _("The rule %(name)s is new: it refuses (%(reason)s).", name=rule.id, reason=rule.deny)
    if rule.enrol is not None:
        return _("The rule %(name)s is new: it makes people set up %(level)s.", name=rule.id, level=rule.enrol.level)
    if rule.require is not None and rule.require.acr:
        return _("The rule %(name)s is new: it asks for %(levels)s.", name=rule.id, levels=rule.require.acr)
    return _("The rule %(name)s is new.", name=rule.id)


def _place(key: str, before: Rule, after: Rule) -> Iterator[Difference]:
    """Tell of changes of scope: what is named narrows, nothing named is everywhere."""
    for part in ("clients", "client_tags", "actions", "scopes"):
        old, new = getattr(before.scope, part), getattr(after.scope, part)
        if old == new:
            continue
        values = {"name": after.id, "part": part, "before": listed(old), "after": listed(new)}
        if not new:
            said = _("%(name)s applies to all %(part)s, not only to %(before)s.", **values)
        elif not old:
            said = _("%(name)s applies only to %(part)s %(after)s, no longer to all.", **values)
        else:
            said = _("%(name)s applies to %(part)s %(after)s instead of %(before)s.", **values)
        is_wider, is_narrower = not new or (bool(old) and old < new), not old or (bool(new) and new < old)
        yield Difference(key, towards(is_stricter=is_wider) if is_wider or is_narrower else Direction.CHANGED, said)


def _conditions(key: str, before: Written, after: Written) -> Iterator[Difference]:
    name = key.partition(".")[2]
    for part, when_new, when_gone in (
        ("if", Direction.LOOSER, Direction.STRICTER),
        ("unless", Direction.LOOSER, Direction.STRICTER),
        ("on_unknown", Direction.CHANGED, Direction.CHANGED),
    ):
        old, new = before.get(part), after.get(part)
        if old == new:
            continue
        values = {"name": name, "part": part, "before": flow(old), "after": flow(new)}
        if old is None:
            yield Difference(key, when_new, _("%(name)s has a new `%(part)s`: %(after)s.", **values))
        elif new is None:
            yield Difference(key, when_gone, _("%(name)s has no `%(part)s` any more; it was %(before)s.", **values))
        else:
            said = _("%(name)s: `%(part)s` is now %(after)s; it was %(before)s.", **values)
            yield Difference(key, Direction.CHANGED, said)


def _outcome(key: str, before: Rule, after: Rule, *, was: Bundle, now: Bundle) -> Iterator[Difference]:
    name, old, new = after.id, _kind(before), _kind(after)
    if old != new:
        # A refusal is the strictest; to set something up is asked of those alone whom a requirement would stop.
        direction = towards(is_stricter=new == "deny") if "deny" in (old, new) else Direction.CHANGED
        said = _("%(name)s is now `%(after)s` instead of `%(before)s`.", name=name, after=new, before=old)
        yield Difference(key, direction, said)
    if before.require is not None and after.require is not None:
        yield from of_requirement(key, before.require, after.require, was=was, now=now)
    if before.enrol is not None and after.enrol is not None:
        yield from _enrolment(key, before.enrol, after.enrol)
    if (before.reason, before.deny) != (after.reason, after.deny):
        said = _("%(name)s gives the reason %(after)s.", name=name, after=after.deny or after.reason)
        yield Difference(key, Direction.CHANGED, said)


def _kind(rule: Rule) -> str:
    return "deny" if rule.deny else "enrol" if rule.enrol is not None else "require"


def _enrolment(key: str, before: EnrolOrder, after: EnrolOrder) -> Iterator[Difference]:
    name = key.partition(".")[2]
    if before.level != after.level:
        said = _(
            "%(name)s makes people set up %(after)s instead of %(before)s.",
            name=name,
            after=after.level,
            before=before.level,
        )
        yield Difference(key, Direction.CHANGED, said)
    if before.skips != after.skips:
        said = _(
            "%(name)s may be put off %(after)s times instead of %(before)s.",
            name=name,
            after=_or_endless(after.skips),
            before=_or_endless(before.skips),
        )
        is_fewer = before.skips is None or (after.skips is not None and after.skips < before.skips)
        yield Difference(key, towards(is_stricter=is_fewer), said)
    if before.within != after.within:
        is_shorter = before.within is None or (after.within is not None and after.within < before.within)
        said = _(
            "%(name)s may be put off for %(after)s instead of %(before)s.",
            name=name,
            after=_or_endless(after.within),
            before=_or_endless(before.within),
        )
        yield Difference(key, towards(is_stricter=is_shorter), said)
    if before.cool_down != after.cool_down:
        was, now = before.cool_down or timedelta(0), after.cool_down or timedelta(0)
        said = _("%(name)s asks again after %(after)s instead of %(before)s.", name=name, after=now, before=was)
        yield Difference(key, towards(is_stricter=now < was), said)


def _or_endless(limit: object) -> object:
    return "∞" if limit is None else limit
