from collections.abc import Iterator

import pytest

from idp.storage.database_tx import DatabaseTx
from idp.storage.engine import Database


@pytest.fixture
def tx(database: Database) -> Iterator[DatabaseTx]:
    """One transaction on a fresh database."""
    with database.transaction() as tx:
        yield tx
