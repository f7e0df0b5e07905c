"""What the tests of this folder are given: the machine endpoints alone, or a whole provider."""

from collections.abc import Iterator

import pytest

from idp.storage.database_tx import DatabaseTx
from idp.storage.engine import Database
from tests.oidc.endpoints import Endpoints
from tests.support.fixtures import alice, browser, filled, make_provider, provider, signed_in

__all__ = ["alice", "browser", "endpoints", "filled", "make_provider", "provider", "signed_in"]


@pytest.fixture
def endpoints(database: Database) -> Endpoints:
    return Endpoints(database)


@pytest.fixture
def tx(database: Database) -> Iterator[DatabaseTx]:
    """One transaction on a fresh database."""
    with database.transaction() as tx:
        yield tx
