"""What the tests of this folder are given."""

from tests.support.fixtures import filled, shared_provider

__all__ = ["filled", "shared_provider"]
