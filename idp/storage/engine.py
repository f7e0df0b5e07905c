"""The database: its address, its pools, and the transactions on it.

Connections run in the driver's autocommit; the write phase is opened and closed by `DatabaseTx`. What must never come
back after a power loss waits for SQLite's log to be flushed (`idp.storage.wal`); PostgreSQL is as durable as its server
was set up to be.
"""

import os
import sqlite3
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Lock
from typing import Any, Self

from sqlalchemy import URL, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from idp.core.errors import ConfigError, Problem
from idp.core.secrets import SecretKeys
from idp.storage.database_tx import Access, DatabaseTx
from idp.storage.pool import Pool
from idp.storage.shared import Shared
from idp.storage.snapshots import Snapshots
from idp.storage.statements import Statements
from idp.storage.told import Told
from idp.storage.wal import PAGES, WriteAheadLog

POOL_SIZE = 16
POOL_TIMEOUT = 3
"""Seconds a request waits for a connection before it is answered 503."""
BUSY_TIMEOUT = 5
"""Seconds SQLite waits for the writers of other processes, and PostgreSQL for a lock."""
CACHE = 256
"""KiB of pages that each connection to SQLite keeps: whenever another one has written they are read anew, and what they
are read from is in memory already. SQLite's own 2 MiB for each of 16 connections are most of what a worker grows by."""


class Database:
    """One database as this process sees it: opened in each process, and opened anew in a child that was forked."""

    def __init__(self, url: URL, *, keys: SecretKeys, pool_size: int = POOL_SIZE, shared: Shared | None = None) -> None:
        self.keys = keys
        self.shared = shared
        self.told = Told(shared)
        self.url = url
        self.dialect = url.get_backend_name()
        self._pool_size = pool_size
        self._abandoned: list[Any] = []
        self._open_pools()
        os.register_at_fork(after_in_child=_reopening(weakref.ref(self)))

    @classmethod
    def open(cls, url: str, *, keys: SecretKeys, pool_size: int = POOL_SIZE, shared: Shared | None = None) -> Self:
        """Open the database at this address. Raises ConfigError when it is none that we speak to.

        `shared` is how this process tells others of changes, and hears of theirs once `told` is started.
        """
        return cls(parsed(url), keys=keys, pool_size=pool_size, shared=shared)

    def transaction(self, *, durable: bool = False) -> DatabaseTx:
        """Return a transaction to be used with `with`: no connection is taken until it is used."""
        return DatabaseTx(self._durable if durable else self._normal, keys=self.keys)

    def engine(self) -> Engine:
        """Return the engine itself, for migrations and checks of the schema."""
        return self._normal.engine

    def shorten_log(self) -> None:
        """Move what SQLite has committed from its log to the file, as far as nobody is in the way; others may go on."""
        if self.dialect == "sqlite":
            with self.engine().connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)")

    def close(self) -> None:
        """Listen no longer, and close all connections that are not in use."""
        self.told.stop()
        if self.shared is not None:
            self.shared.close()
        self._normal.pool.dispose()

    def _open_pools(self) -> None:
        if self.dialect == "sqlite":
            self._normal = _sqlite(self.url, size=self._pool_size, snapshots=Snapshots(self.told))
            self._durable = replace(self._normal, keep=WriteAheadLog(Path(str(self.url.database))).keep)
        else:
            self._normal = self._durable = _postgresql(self.url, size=self._pool_size, snapshots=Snapshots(self.told))

    def reopen(self) -> None:
        """Start afresh in a forked child: what the parent has open is neither used nor closed here."""
        self._abandoned.append(self._normal)
        self._open_pools()


def parsed(url: str) -> URL:
    """Return the address with the driver that we use. Raises ConfigError, without the password that may be in it."""
    try:
        address = make_url(url)
    except ArgumentError:
        raise ConfigError([Problem("not a database URL")]) from None
    match address.get_backend_name():
        case "sqlite":
            if not address.database or address.database == ":memory:":
                raise ConfigError([Problem("SQLite needs a file: in memory, two connections do not see the same data")])
            return address.set(drivername="sqlite")
        case "postgresql" | "postgres":
            return address.set(drivername="postgresql+psycopg")
        case other:
            raise ConfigError([Problem(f"{other} is not supported: use sqlite:///… or postgresql://…")])


def _sqlite(url: URL, *, size: int, snapshots: Snapshots) -> Access:
    file = Path(str(url.database))
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.touch(mode=0o600)  # its WAL takes the same mode
    arguments = {"timeout": BUSY_TIMEOUT, "check_same_thread": False, "cached_statements": 256}
    engine = _engine(url, arguments)

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        _enter_wal(connection)
        connection.execute("PRAGMA foreign_keys=ON").close()
        connection.execute("PRAGMA synchronous=NORMAL").close()
        connection.execute(f"PRAGMA wal_autocheckpoint={PAGES}").close()
        connection.execute(f"PRAGMA cache_size=-{CACHE}").close()  # KiB are negative, pages positive

    event.listen(engine, "connect", set_up)
    return Access(
        engine=engine,
        pool=Pool(engine, size=size, timeout=POOL_TIMEOUT),
        statements=Statements(engine.dialect),
        begin="BEGIN IMMEDIATE",
        lock=Lock(),
        snapshots=snapshots,
    )


def _enter_wal(connection: sqlite3.Connection) -> None:
    """Set WAL where it is not set already: the mode stays with the file, and setting it asks for a lock."""
    if connection.execute("PRAGMA journal_mode").fetchone() != ("wal",):
        connection.execute("PRAGMA journal_mode=WAL").close()


def _postgresql(url: URL, *, size: int, snapshots: Snapshots) -> Access:
    engine = _engine(url, {"connect_timeout": BUSY_TIMEOUT})

    def set_up(connection: Any, _record: object) -> None:
        connection.execute(f"SET timezone='UTC'; SET lock_timeout='{BUSY_TIMEOUT}s'", prepare=False)

    event.listen(engine, "connect", set_up)
    return Access(
        engine=engine,
        pool=Pool(engine, size=size, timeout=POOL_TIMEOUT),
        statements=Statements(engine.dialect),
        begin="BEGIN",
        lock=None,
        snapshots=snapshots,
    )


def _engine(url: URL, arguments: dict[str, Any]) -> Engine:
    return create_engine(
        url, connect_args=arguments, isolation_level="AUTOCOMMIT", poolclass=NullPool, hide_parameters=True
    )


def _reopening(database: "weakref.ref[Database]") -> Callable[[], None]:
    def reopen() -> None:
        found = database()
        if found is not None:
            found.reopen()

    return reopen
