"""The list of factors."""

from pathlib import Path

from idp.core.assurance import traits_table
from idp.factors.base import Sending
from idp.factors.password import Password
from idp.factors.registry import build
from idp.policy.loader import load_path

CHEAP = Password(memory_kib=64, passes=1)


def test_registry_names_every_factor_by_its_row_of_traits() -> None:
    """A factor without traits would prove nothing."""
    factors = build({}, password=CHEAP)
    assert set(factors) == {
        "password",
        "totp",
        "sms",
        "email",
        "backup_code",
        "recovery_code",
        "approval",
        "ticket",
        "temporary_code",
    }
    assert set(factors) <= set(traits_table())
    assert all(factor.name == name for name, factor in factors.items())


def test_registry_takes_settings_from_the_bundle() -> None:
    """How codes look, how long they last and how often they may be tried is the policy's matter."""
    factors = build({"totp": {"window": 0}, "email": {"digits": 8, "attempts": 3}}, password=CHEAP)
    assert factors["totp"].__dict__["_window"] == 0
    assert factors["email"].sending == Sending(attempts=3)
    assert factors["sms"].sending == Sending(attempts=5)


def test_registry_takes_every_setting_that_a_bundle_may_hold() -> None:
    """What the language lets an operator write about a factor, its class takes."""
    bundle = load_path(Path(__file__).parents[2] / "policies" / "demo.yaml", traits=traits_table())
    assert set(build(bundle.factor_settings, password=CHEAP)) <= {
        *bundle.order,
        "recovery_code",
        "ticket",
        "temporary_code",
    }
