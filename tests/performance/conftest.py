"""What the tests of this folder are given."""

from tests.support.fixtures import filled, make_provider, shared_provider

__all__ = ["filled", "make_provider", "shared_provider"]
