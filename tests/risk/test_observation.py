"""Chains of keyed hashes."""

from dataclasses import replace

import pytest

from idp.risk.observation import PROVIDER, Hasher, make_of, prefix_of
from tests.risk.kit import HASHER, HOME


@pytest.mark.parametrize(
    ("address", "other", "is_near"),
    [
        ("81.167.144.58", "81.167.159.1", True),
        ("81.167.144.58", "81.167.160.1", False),
        ("2001:db8:1::1", "2001:db8:1:ffff::2", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
    ],
)
def test_neighbours_share_a_prefix(address: str, other: str, is_near: bool) -> None:
    """/20 of IPv4, /48 of IPv6."""
    assert (prefix_of(address) == prefix_of(other)) is is_near


def test_what_is_no_address_has_no_prefix() -> None:
    """It is left out, not guessed at."""
    assert prefix_of("") == prefix_of("nowhere") == ""


def test_a_value_is_hashed_with_all_before_it_and_under_the_pepper() -> None:
    """The same browser on another system is another key, and another pepper knows none of them."""
    keys, other = HASHER.keys(HOME), HASHER.keys(replace(HOME, system="Linux"))
    assert keys.client[:2] == other.client[:2]
    assert not set(keys.client[2:]) & set(other.client[2:])
    assert not set(keys.network) & set(Hasher(b"another").keys(HOME).network)


def test_a_level_that_was_not_observed_is_left_out() -> None:
    """Its key is its parent's; without a cookie there is no key at all."""
    keys = HASHER.keys(replace(HOME, country="", provider="", cookie=""))
    assert keys.network[0] == keys.network[1] == keys.network[2] != keys.network[3]
    assert keys.cookie == 0
    assert HASHER.keys(HOME).cookie != 0


def test_accounts_and_addresses_have_keys_of_their_own() -> None:
    """Failures are counted under them; neighbours share one."""
    here, around = HASHER.whereabouts("81.167.144.58")
    other, same = HASHER.whereabouts("81.167.144.59")
    assert (here != other, around == same) == (True, True)
    assert HASHER.account("dora") not in (here, around, HASHER.account("eve"))


def test_a_provider_has_the_key_it_has_in_a_chain() -> None:
    """So that its failures are compared with its sign-ins; one that is not known has none."""
    assert HASHER.provider("NO", "29695") == HASHER.keys(HOME).network[PROVIDER]
    assert HASHER.provider("NO", "") == 0


@pytest.mark.parametrize(
    ("agent", "make"),
    [
        ("Mozilla/5.0 (Linux; Android 15; SM-G960F) Chrome/140.0.0.0", "Mozilla/ (Linux; Android ; SM-G960F) Chrome/"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) Version/18.1", "Mozilla/ (iPhone; CPU iPhone OS ) Version/"),
        ("", ""),
    ],
)
def test_a_make_is_the_description_without_versions(agent: str, make: str) -> None:
    """The number in a model's name stays."""
    assert make_of(agent) == make


def test_a_value_cannot_pose_as_another_level() -> None:
    """What is written in one level never gives the key of another (the level's number is hashed too)."""
    one = HASHER.keys(replace(HOME, country="", provider="NO"))
    assert one.network[2] != HASHER.keys(HOME).network[1]
