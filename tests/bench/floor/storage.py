"""SQLite as the product uses it: WAL, one writer at a time, FULL where something is spent and NORMAL elsewhere."""

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_TABLES = """
CREATE TABLE IF NOT EXISTS tokens (hash TEXT PRIMARY KEY, sub TEXT, scope TEXT, issued INT, expires INT);
CREATE TABLE IF NOT EXISTS codes (hash TEXT PRIMARY KEY, sub TEXT, nonce TEXT, spent INT);
CREATE TABLE IF NOT EXISTS families (hash TEXT PRIMARY KEY, sub TEXT, previous TEXT);
CREATE TABLE IF NOT EXISTS sessions (hash TEXT PRIMARY KEY, sub TEXT, at INT);
CREATE TABLE IF NOT EXISTS interactions (id TEXT PRIMARY KEY, request TEXT);
CREATE TABLE IF NOT EXISTS decisions (id TEXT PRIMARY KEY, sub TEXT, at INT);
"""


class Storage:
    """The floor's database; each thread has its own connections."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._local = threading.local()
        self._lock = threading.Lock()
        self._connection(is_durable=False).executescript(_TABLES)

    def one(self, statement: str, *values: Any) -> Any:
        """Return the first row of a read."""
        return self._connection(is_durable=False).execute(statement, values).fetchone()

    def write(self, statements: Iterable[tuple[str, tuple[Any, ...]]], *, is_durable: bool = False) -> None:
        """Run these statements in one transaction."""
        connection = self._connection(is_durable=is_durable)
        with self._lock:
            connection.execute("BEGIN IMMEDIATE")
            for statement, values in statements:
                connection.execute(statement, values)
            connection.execute("COMMIT")

    def _connection(self, *, is_durable: bool) -> sqlite3.Connection:
        name = "durable" if is_durable else "normal"
        found: sqlite3.Connection | None = getattr(self._local, name, None)
        if found is None:
            found = sqlite3.connect(self._file, timeout=5, isolation_level=None)
            found.execute("PRAGMA journal_mode=WAL")
            found.execute(f"PRAGMA synchronous={'FULL' if is_durable else 'NORMAL'}")
            setattr(self._local, name, found)
        return found
