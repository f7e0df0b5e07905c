"""The list of factors."""

from idp.core.assurance import traits_table
from idp.factors.password import Password
from idp.factors.registry import build

CHEAP = Password(memory_kib=64, passes=1)


def test_registry_names_every_factor_by_its_row_of_traits() -> None:
    """A factor without traits would prove nothing."""
    factors = build({}, password=CHEAP)
    assert set(factors) == {"password", "totp"}
    assert set(factors) <= set(traits_table())
    assert all(factor.name == name for name, factor in factors.items())


def test_registry_takes_settings_from_the_bundle() -> None:
    """The window of codes is the policy's matter."""
    assert build({"totp": {"window": 0}}, password=CHEAP)["totp"].__dict__ == {"_window": 0}
