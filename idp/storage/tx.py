"""One request's hold on the database.

Reads run in autocommit. The first write opens the write phase (BEGIN IMMEDIATE on SQLite, behind one lock a process);
from then on reads see this transaction's own writes. Only `web/transaction.py` (and the command line) commits.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import Executable, RowMapping

from idp.core.secrets import SecretKeys

Parameters = Mapping[str, Any]


class Tx(Protocol):
    """What a store function is given."""

    keys: SecretKeys
    """Seals and opens columns; the context names table, row and column."""

    def one(self, statement: Executable, parameters: Parameters | None = None) -> RowMapping | None:
        """Return the first row, or None."""
        ...

    def all(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[RowMapping]:
        """Return all rows."""
        ...

    def change(self, statement: Executable, parameters: Parameters | Sequence[Parameters] | None = None) -> int:
        """Run a write and return how many rows it affected."""
        ...
