"""What the tests of this folder are given."""

from tests.support.fixtures import (
    alice,
    bank,
    bob,
    browser,
    filled,
    make_provider,
    provider,
    signed_in,
    third_party,
)

__all__ = ["alice", "bank", "bob", "browser", "filled", "make_provider", "provider", "signed_in", "third_party"]
