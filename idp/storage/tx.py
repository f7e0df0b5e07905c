"""One request's hold on the database.

Reads run in autocommit. The first write opens the write phase (BEGIN IMMEDIATE on SQLite, behind one lock a process);
from then on reads see this transaction's own writes. Only `web/transaction.py` (and the command line) commits.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from sqlalchemy import Executable

from idp.core.secrets import SecretKeys

if TYPE_CHECKING:
    from idp.storage.snapshots import Snapshots

_T = TypeVar("_T")
Parameters = Mapping[str, Any]
Row = Mapping[str, Any]
"""One row by column name, each value as its column's type says."""


class Tx(Protocol):
    """What a store function is given.

    Every call may raise BusyError (503), UnstorableValueError (400) or ConflictError (`idp.storage.errors`).
    """

    keys: SecretKeys
    """Seals and opens columns; the context names table, row and column."""
    snapshots: "Snapshots"
    """What this process remembers of tables that seldom change."""
    versions: Mapping[str, int] | None
    """Those of `idp.storage.versions`, read once in a transaction; None while they have not been."""

    def one(self, statement: Executable, parameters: Parameters | None = None) -> Row | None:
        """Return the first row of a read, or None."""
        ...

    def all(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[Row]:
        """Return all rows of a read."""
        ...

    def made(self, statement: Executable, parameters: Parameters, make: Callable[[Sequence[Row]], _T]) -> _T | None:
        """Return what `make` makes of the rows of a read; None where there are none.

        The rows are read every time. What was made of the same ones before is the same: `make` must depend on nothing
        else, what it makes must never change, and one statement has one `make`.
        """
        ...

    def change(self, statement: Executable, parameters: Parameters | list[Parameters] | None = None) -> int:
        """Run a write and return how many rows it affected."""
        ...

    def change_one(self, statement: Executable, parameters: Parameters | None = None) -> Row | None:
        """Run a write that returns a row (RETURNING); None when it affected none."""
        ...

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run this once what was written is kept, and never if it is not. It must not fail, and not take long."""
        ...
