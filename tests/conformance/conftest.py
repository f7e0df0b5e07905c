"""What the tests of this folder are given."""

import pytest

from tests.conformance.kit import Suite
from tests.support.fixtures import filled, make_provider
from tests.support.provider import MakeProvider

__all__ = ["filled", "make_provider", "suite"]


@pytest.fixture
def suite(make_provider: MakeProvider) -> Suite:
    """The suite's person, its browser and its three static clients at an https provider."""
    return Suite(make_provider(issuer="https://op.test"))
