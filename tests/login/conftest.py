"""Fixtures of the tests of `idp.login`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.login.kit import Desk, Make, making


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    yield from making(tmp_path)


@pytest.fixture
def desk(make: Make) -> Desk:
    return make()
