"""What factors can do is found once, when they are built."""

import pytest

from idp.factors.abilities import Decoupled, Described, Redirected, Rotated
from idp.factors.base import Ceremonial, Enrollable
from idp.factors.passkey.site import Site
from idp.factors.registry import build
from idp.login.installed import Installed
from tests.support.builders import CHEAP

FACTORS = build(
    {}, password=CHEAP, site=Site(rp_id="localhost", name="here", origins=("http://localhost",)), may_call=True
)
INSTALLED = Installed.of(FACTORS)


@pytest.mark.parametrize(
    ("ability", "known"),
    [
        (Enrollable, INSTALLED.settable),
        (Ceremonial, INSTALLED.ceremonial),
        (Decoupled, INSTALLED.decoupled),
        (Described, INSTALLED.described),
        (Redirected, INSTALLED.redirected),
        (Rotated, INSTALLED.rotated),
    ],
)
def test_each_ability_names_the_factors_that_have_it(ability: type, known: dict[str, object]) -> None:
    """The factor itself, under its own name."""
    assert known == {name: factor for name, factor in FACTORS.items() if isinstance(factor, ability)}


def test_abilities_are_those_that_pages_count_on() -> None:
    """What would be lost without a sound: an approval that is typed, a passkey's page without its challenge."""
    assert (*INSTALLED.ceremonial, *INSTALLED.decoupled, *INSTALLED.rotated) == ("passkey", "approval", "recovery_code")
    assert "backup_code" in INSTALLED.settable
    assert "backup_code" not in INSTALLED.enrollable
    assert "ticket" not in INSTALLED.settable
