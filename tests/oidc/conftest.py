"""One set of endpoints for each test."""

import pytest

from idp.storage.engine import Database
from tests.oidc.endpoints import Endpoints


@pytest.fixture
def endpoints(database: Database) -> Endpoints:
    return Endpoints(database)
