"""The transaction itself: a connection taken at the first statement, a write phase opened at the first write.

It knows no table. The rule it keeps: whatever happens, the connection goes back clean and the process lock is released.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter, methodcaller
from threading import Lock
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Engine, Executable
from sqlalchemy.exc import DBAPIError

from idp.core.errors import BusyError
from idp.core.secrets import SecretKeys
from idp.storage.errors import DRIVER_ERRORS, RETRY_AFTER, UnstorableValueError, is_lost, translated
from idp.storage.pool import Pool
from idp.storage.snapshots import Snapshots
from idp.storage.statements import Prepared, Statements
from idp.storage.tx import Parameters, Row

_OVER = "the transaction is over: it has ended, or a write of it has failed"
_log = logging.getLogger(__name__)

LOCK_TIMEOUT = 5
"""Seconds a writer waits for the other writers of its process."""


Take = Callable[[Any], Any]
"""What is wanted of a cursor that has run."""
_FIRST: Take = methodcaller("fetchone")
_ALL: Take = methodcaller("fetchall")
_COUNT: Take = attrgetter("rowcount")
_ROWS = "rows"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a transaction reaches the database: one pool of one process."""

    engine: Engine
    pool: Pool
    statements: Statements
    begin: str
    """What opens the write phase."""
    lock: "Lock | None"
    """The queue of this process's writers; None where the database queues them itself."""
    snapshots: Snapshots
    keep: Callable[[], None] | None = None
    """Returns once what was committed survives a loss of power, where a commit does not see to that itself."""


class _LostError(BusyError):
    """The connection went before anything was written: the same read may be tried on another."""


class DatabaseTx:
    """A transaction, and the context manager that ends it: commits what was written, rolls back on an exception.

    A statement that fails in the write phase ends it: on neither database can a caller go on and commit one half.
    """

    __slots__ = ("_access", "_afterwards", "_connection", "_is_over", "_is_writing", "keys", "snapshots", "versions")

    def __init__(self, access: Access, *, keys: SecretKeys) -> None:
        self.keys = keys
        self.snapshots = access.snapshots
        self.versions: Mapping[str, int] | None = None
        self._access = access
        self._connection: Any = None
        self._is_writing = False
        self._is_over = False
        self._afterwards: list[Callable[[], None]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.commit()
        finally:
            self.rollback()
            self._is_over = True

    def one(self, statement: Executable, parameters: Parameters | None = None) -> Row | None:
        """Return the first row of a read, or None."""
        prepared, row = self._read(statement, parameters, _FIRST)
        return None if row is None else prepared.row(row)

    def all(self, statement: Executable, parameters: Parameters | None = None) -> Sequence[Row]:
        """Return all rows of a read."""
        prepared, rows = self._read(statement, parameters, _ALL)
        return [prepared.row(row) for row in rows]

    def made(self, statement: Executable, parameters: Parameters, make: Callable[[Sequence[Row]], _T]) -> _T | None:
        """Return what `make` makes of the rows of a read, from memory while the same rows are read."""
        prepared, rows = self._read(statement, parameters, _ALL)
        if not rows:
            return None
        shelf, key = self.snapshots.shelf(_ROWS), (statement, *rows)
        found: _T | None = shelf.get(key)
        if found is None:
            found = shelf[key] = make([prepared.row(row) for row in rows])
        return found

    def change(self, statement: Executable, parameters: Parameters | list[Parameters] | None = None) -> int:
        """Run a write and return how many rows it affected."""
        self._open_write_phase()
        count: int = self._run(statement, parameters, _COUNT)[1]
        return count

    def change_one(self, statement: Executable, parameters: Parameters | None = None) -> Row | None:
        """Run a write that returns a row (RETURNING); None when it affected none."""
        self._open_write_phase()
        prepared, rows = self._run(statement, parameters, _ALL)
        return prepared.row(rows[0]) if rows else None

    def after_commit(self, call: Callable[[], None]) -> None:
        """Run this once what was written is kept, and never if it is not."""
        self._afterwards.append(call)

    def commit(self) -> None:
        """Keep what was written, and give the connection back. Raises RuntimeError when a write has failed before."""
        if self._is_over:
            raise RuntimeError(_OVER)
        afterwards, self._afterwards = self._afterwards, []
        keep = self._access.keep if self._is_writing else None
        try:
            if self._is_writing and self._connection is not None:
                self._connection.commit()
                self._close_write_phase()
        except DRIVER_ERRORS as error:
            raise self._failed(error) from None
        finally:
            self.rollback()
        try:
            if keep is not None:
                keep()  # the locks are free by now: whoever else writes need not wait for the disk
        finally:
            for call in afterwards:
                call()

    def rollback(self) -> None:
        """Undo what was written since the last commit, and give the connection back."""
        self._afterwards.clear()
        connection, self._connection = self._connection, None
        self.versions = None
        try:
            if connection is not None:
                self._give_back(connection)
        finally:
            self._close_write_phase()

    def _give_back(self, connection: Any) -> None:
        try:
            if self._is_writing:
                connection.rollback()
        except BaseException as error:
            self._access.pool.throw_away(connection)  # whatever state it is in, nobody shall meet it again
            if not isinstance(error, DRIVER_ERRORS):
                raise
        else:
            self._access.pool.give_back(connection)

    def _open_write_phase(self) -> None:
        if self._is_writing:
            return
        driver = self._driver()
        lock = self._access.lock
        if lock is not None and not lock.acquire(timeout=LOCK_TIMEOUT):
            raise BusyError(RETRY_AFTER)
        self._is_writing = True
        try:
            driver.execute(self._access.begin).close()
        except DRIVER_ERRORS as error:
            raise self._failed(error) from None
        except BaseException:
            self.rollback()
            raise

    def _close_write_phase(self) -> None:
        if self._is_writing:
            self._is_writing = False
            if self._access.lock is not None:
                self._access.lock.release()

    def _read(self, statement: Executable, parameters: Parameters | None, take: Take) -> tuple[Prepared, Any]:
        """Run a read; a connection that has died while it lay idle is replaced once."""
        try:
            return self._run(statement, parameters, take)
        except _LostError:
            return self._run(statement, parameters, take)

    def _run(
        self, statement: Executable, parameters: Parameters | list[Parameters] | None, take: Take
    ) -> tuple[Prepared, Any]:
        cursor = self._driver().cursor()
        try:
            prepared = self._access.statements.prepared(statement)
            if isinstance(parameters, list):
                cursor.executemany(prepared.text, [prepared.arguments(each) for each in parameters])
            else:
                cursor.execute(prepared.text, prepared.arguments(parameters))
            return prepared, take(cursor)
        except (*DRIVER_ERRORS, UnstorableValueError) as error:
            raise self._failed(error) from None
        finally:
            cursor.close()  # an open cursor would hold its snapshot, and no write phase could begin

    def _failed(self, error: Exception) -> Exception:
        """Clean up after a statement that failed, and return what the caller is told."""
        was_writing = self._is_writing
        if is_lost(error):
            self._forget_connections()
        if was_writing:
            self.rollback()
            self._is_over = True
        return _LostError(RETRY_AFTER) if is_lost(error) and not was_writing else translated(error)

    def _forget_connections(self) -> None:
        """Throw away a connection that has gone, and with it the others of its pool: they went the same way."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._access.pool.throw_away(connection)
        self._access.pool.dispose()

    def _driver(self) -> Any:
        """Return the driver's own connection, taken from the pool at the first statement."""
        if self._connection is None:
            if self._is_over:
                raise RuntimeError(_OVER)
            try:
                self._connection = self._access.pool.take()
            except DBAPIError as error:  # of the first connection, when SQLAlchemy asks the server what it is
                raise translated(error.orig or error) from None
            except DRIVER_ERRORS as error:
                _log.warning("no connection to the database: %s", error)
                raise translated(error) from None
        return self._connection
