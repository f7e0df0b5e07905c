"""Fixtures of the tests of `idp.login`."""

from functools import partial

import pytest

from idp.storage.engine import Database
from tests.login.kit import Desk, Make, make_desk


@pytest.fixture
def make(database: Database) -> Make:
    return partial(make_desk, database)


@pytest.fixture
def desk(make: Make) -> Desk:
    return make()
