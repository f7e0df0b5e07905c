"""All that changes from one bundle to another, in the order in which people ask: rules, actions, levels, the rest."""

from collections.abc import Mapping
from typing import Any

from idp.policy.differences.levels import of_actions, of_levels
from idp.policy.differences.model import Difference, Direction
from idp.policy.differences.model import sentence as _
from idp.policy.differences.rules import of_rules
from idp.policy.differences.settings import of_settings
from idp.policy.document import parse, plain
from idp.policy.language import Bundle


def differences(was: Bundle, now: Bundle) -> tuple[Difference, ...]:
    """Return what changes; nothing when both decide alike, however they are written."""
    if was.version == now.version:
        return ()
    return (
        *of_rules(was, now, _written_rules(was), _written_rules(now)),
        *of_actions(was, now),
        *of_levels(was, now),
        *of_settings(was, now),
        *_tests(was, now),
    )


def _written_rules(bundle: Bundle) -> Mapping[str, Mapping[str, Any]]:
    return {rule["id"]: rule for rule in plain(parse(bundle.text, file=bundle.name)).get("rules") or ()}


def _tests(was: Bundle, now: Bundle) -> tuple[Difference, ...]:
    if was.tests == now.tests:
        return ()
    said = _(
        "The tests have changed; there are %(after)s, there were %(before)s.",
        after=len(now.tests),
        before=len(was.tests),
    )
    return (Difference("tests", Direction.CHANGED, said),)
