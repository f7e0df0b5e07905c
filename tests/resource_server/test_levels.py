"""Which acr meets which: what discovery says, and nothing more."""

from typing import Any

import pytest

from idp.resource_server.levels import Levels
from tests.resource_server.kit import LADDER, MFA, ONE, TWO_STEPS


@pytest.mark.parametrize(
    ("acr", "asked", "is_met"),
    [
        (MFA, (MFA,), True),
        ("phr", (MFA,), True),
        ("silver", (MFA,), True),
        (MFA, ("silver",), True),
        ("phrh", ("silver",), True),
        (TWO_STEPS, ("silver",), False),
        (ONE, ("silver",), False),
        (TWO_STEPS, (MFA,), False),
        (MFA, ("phr",), False),
        (MFA, ("phr", TWO_STEPS), True),
        ("silver", ("phr", TWO_STEPS), True),
        ("unheard", (ONE,), False),
        ("unheard", ("unheard",), True),
        (MFA, ("unheard",), False),
        ("", (ONE,), False),
        ("", (), True),
        (ONE, (), True),
    ],
)
def test_level_is_met_by_all_that_discovery_names(acr: str, asked: tuple[str, ...], is_met: bool) -> None:
    """P16: every level that acr_satisfied_by names is strong enough, by name and by alias."""
    assert Levels(LADDER).satisfies(acr, asked) is is_met


@pytest.mark.parametrize(
    "told",
    [None, [], "x", 7, {MFA: "phr"}, {MFA: ["phr", 1]}, {MFA: {"phr": 1}}, {str(n): [] for n in range(201)}],
    ids=["none", "list", "text", "number", "no list", "no texts", "object", "endless"],
)
def test_value_meets_itself_alone_when_discovery_is_odd(told: Any) -> None:
    """What cannot be read makes nothing stronger."""
    levels = Levels(told)
    assert levels.satisfies(MFA, (MFA,))
    assert not levels.satisfies("phr", (MFA,))


def test_levels_that_cannot_be_compared_stay_apart() -> None:
    """An alias of one branch is not met by the other branch of a ladder that forks."""
    levels = Levels({"base": ["base", "left", "right", "l"], "left": ["left", "l"], "right": ["right"]})
    assert levels.satisfies("left", ("l",))
    assert not levels.satisfies("right", ("l",))
    assert not levels.satisfies("base", ("l",))
