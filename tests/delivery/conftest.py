"""What the tests of this folder are given."""

from tests.support.fixtures import (
    alice,
    bank,
    bob,
    browser,
    carol,
    filled,
    make_provider,
    provider,
    shared_provider,
    shop,
    signed_in,
    third_party,
)

__all__ = [
    "alice",
    "bank",
    "bob",
    "browser",
    "carol",
    "filled",
    "make_provider",
    "provider",
    "shared_provider",
    "shop",
    "signed_in",
    "third_party",
]
