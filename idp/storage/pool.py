"""The connections of one process to one database: so many at most, the last used first.

Taking one costs a request as much as a statement on SQLite does, so there is nothing here but a count and a list. What
comes back is clean, or is thrown away: `DatabaseTx` sees to that.
"""

from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Engine

from idp.core.errors import BusyError
from idp.storage.errors import DRIVER_ERRORS, RETRY_AFTER


class Pool:
    """Keeps what `engine` has opened."""

    __slots__ = ("_engine", "_free", "_idle", "_timeout")

    def __init__(self, engine: Engine, *, size: int, timeout: float) -> None:
        self._engine = engine
        self._timeout = timeout
        """Seconds that whoever comes waits for a connection."""
        self._free: SimpleQueue[None] = SimpleQueue()
        """One entry for each connection that may be taken: a semaphore's own code costs four times as much."""
        for _ in range(size):
            self._free.put(None)
        self._idle: list[Any] = []

    def take(self) -> Any:
        """Return the driver's connection. Raises BusyError when none is free in time, and what opening one raises."""
        try:
            self._free.get(timeout=self._timeout)
        except Empty:
            raise BusyError(RETRY_AFTER) from None
        try:
            return self._idle.pop()
        except IndexError:
            return self._opened()

    def give_back(self, connection: Any) -> None:
        """Keep a connection for whoever comes next."""
        self._idle.append(connection)
        self._free.put(None)

    def throw_away(self, connection: Any) -> None:
        """Close a connection, whatever state it is in, so that nobody meets it again."""
        try:
            _close(connection)
        finally:
            self._free.put(None)

    def dispose(self) -> None:
        """Close all connections that are not in use; others may take them meanwhile, or close them as well."""
        with suppress(IndexError):
            while True:
                _close(self._idle.pop())

    def _opened(self) -> Any:
        try:
            opened = self._engine.raw_connection()
            connection = opened.driver_connection
            opened.detach()  # SQLAlchemy's own pool would close it with the last reference
            return connection
        except BaseException:
            self._free.put(None)
            raise


def _close(connection: Any) -> None:
    try:
        connection.close()
    except DRIVER_ERRORS:
        return  # it is gone already
