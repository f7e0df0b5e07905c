"""Factor traits and evidence."""

from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from idp.core.assurance import SHIPPED_TRAITS, Evidence, FactorTraits, Kind, Property, traits_table

NONE: frozenset[Property] = frozenset()
KINDS = {
    "password": {Kind.KNOW},
    "totp": {Kind.HAVE},
    "sms": {Kind.HAVE},
    "voice": {Kind.HAVE},
    "email": set(),
    "temporary_code": set(),
    "ticket": set(),
    "backup_code": {Kind.HAVE},
    "recovery_code": {Kind.HAVE},
    "passkey": {Kind.HAVE},
    "approval": {Kind.HAVE},
}
AMR = {
    "password": ("pwd",),
    "totp": ("otp",),
    "sms": ("sms",),
    "voice": ("tel",),
    "email": ("otp",),
    "temporary_code": ("otp",),
    "ticket": ("otp",),
    "backup_code": ("otp",),
    "recovery_code": ("otp",),
    "passkey": ("pop", "user"),
    "approval": ("user",),
}


@pytest.mark.parametrize("name", sorted(KINDS))
def test_traits_kinds_of_each_factor(name: str) -> None:
    """Each factor has the kinds of the table in policy.md §2; what travels by mail has none."""
    assert traits_table()[name].kinds_of(NONE) == KINDS[name]


@pytest.mark.parametrize("name", sorted(AMR))
def test_traits_amr_of_each_factor(name: str) -> None:
    """Each factor earns the RFC 8176 values of the table in policy.md §2."""
    assert traits_table()[name].amr_of(NONE) == AMR[name]


def test_traits_table_is_complete() -> None:
    """The table knows every factor the product will have, and nothing else."""
    assert set(traits_table()) == set(KINDS) == {row.name for row in SHIPPED_TRAITS}


def test_traits_never_declare_mfa() -> None:
    """`mfa` is derived from the kinds that counted and is no factor's own value (RFC 8176 §2)."""
    assert not any({"mfa", "mca", "rba"} & set(row.amr) for row in SHIPPED_TRAITS)


def test_traits_passkey_has_two_kinds_only_when_the_user_was_verified() -> None:
    """User verification makes a passkey something one has and is; possession alone is one kind."""
    passkey = traits_table()["passkey"]
    assert passkey.kinds_of(frozenset({Property.USER_VERIFIED})) == {Kind.HAVE, Kind.ARE}
    assert passkey.kinds_of(frozenset({Property.DEVICE_BOUND})) == {Kind.HAVE}


def test_traits_verification_adds_no_kind_to_a_factor_without_it() -> None:
    """The property alone gives a code no second kind: only a factor whose row says so gains one."""
    assert traits_table()["totp"].kinds_of(frozenset({Property.USER_VERIFIED})) == {Kind.HAVE}


@pytest.mark.parametrize(
    ("properties", "amr"),
    [
        ({Property.ATTESTED}, ("pop", "user", "hwk")),
        ({Property.SYNCED}, ("pop", "user", "swk")),
        ({Property.ATTESTED, Property.SYNCED}, ("pop", "user", "hwk", "swk")),
        ({Property.DEVICE_BOUND}, ("pop", "user")),
    ],
    ids=["attested", "synced", "both", "neither"],
)
def test_traits_passkey_amr_follows_its_properties(properties: set[Property], amr: tuple[str, ...]) -> None:
    """`hwk` is said of attested keys alone and `swk` of synced ones alone (RFC 8176 §2)."""
    assert traits_table()["passkey"].amr_of(frozenset(properties)) == amr


def test_traits_only_the_passkey_resists_phishing() -> None:
    """A code that a person can read out can be phished."""
    assert [row.name for row in SHIPPED_TRAITS if row.phishing_resistant] == ["passkey"]


def test_traits_own_factor_joins_the_table() -> None:
    """An own factor adds one row at start."""
    own = FactorTraits("badge", frozenset({Kind.HAVE}), "badge", ())
    assert traits_table((own,))["badge"] is own


def test_traits_own_factor_cannot_take_a_shipped_name() -> None:
    """No own factor can change what a password is worth."""
    with pytest.raises(ValueError, match="'password' is defined twice"):
        traits_table((FactorTraits("password", frozenset({Kind.HAVE}), "x", ()),))


def test_traits_own_factor_given_twice_is_refused() -> None:
    """Two rows of one name are a mistake, not an override."""
    own = FactorTraits("badge", frozenset({Kind.HAVE}), "badge", ())
    with pytest.raises(ValueError, match="'badge' is defined twice"):
        traits_table((own, own))


@pytest.mark.parametrize(
    ("kinds", "verified"),
    [({Kind.KNOW, Kind.HAVE}, set()), ({Kind.HAVE}, {Kind.HAVE, Kind.ARE})],
    ids=["plainly", "when verified"],
)
def test_traits_own_factor_has_at_most_one_kind(kinds: set[Kind], verified: set[Kind]) -> None:
    """No own factor reaches `mfa` alone (policy.md §2)."""
    own = FactorTraits("badge", frozenset(kinds), "badge", (), verified_kinds=frozenset(verified))
    with pytest.raises(ValueError, match="'badge' may declare at most one kind"):
        traits_table((own,))


def test_evidence_does_not_change() -> None:
    """Evidence is a fact: once stated it stays."""
    proof = Evidence(
        factor="totp",
        at=datetime(2026, 1, 1, tzinfo=UTC),
        user_id="u",
        credential_id="c",
        interaction_id="i",
        channel="totp:c",
    )
    with pytest.raises(FrozenInstanceError):
        proof.user_id = "someone else"  # type: ignore[misc]
    assert proof.properties == frozenset()
