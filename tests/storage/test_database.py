import contextlib
import gc
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import bindparam, insert, select, text, update

from idp.core.errors import BusyError, ConfigError
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.storage import database_tx, versions
from idp.storage.engine import Database, _reopening, parsed
from idp.storage.errors import ConflictError, OvertakenError, UnstorableValueError, translated
from idp.storage.metadata import METADATA
from tests.records import rows
from tests.support.database import opened, secret_keys

Open = Callable[[str], Database]
_VERSIONS = METADATA.tables["versions"]
_COUNT = select(_VERSIONS.c.name)
_COUNT_UP = update(_VERSIONS).values(version=_VERSIONS.c.version + 1)


def names(database: Database) -> list[str]:
    with database.transaction() as tx:
        return sorted(row["name"] for row in tx.all(_COUNT))


def test_a_transaction_commits_what_was_written(database: Database) -> None:
    """What is written is there for everybody once the block ends."""
    with database.transaction() as tx:
        versions.bump(tx, "a")
        assert names(database) == []
    assert names(database) == ["a"]


def test_a_transaction_sees_its_own_writes(database: Database) -> None:
    """From the first write on, reads see this transaction's writes."""
    with database.transaction() as tx:
        assert versions.read(tx, "a") == 0
        versions.bump(tx, "a")
        assert versions.read(tx, "a") != 0


def test_a_transaction_rolls_back_on_an_exception(database: Database) -> None:
    """An exception undoes everything, and the next writer finds the way free."""
    with contextlib.suppress(KeyError), database.transaction() as tx:
        versions.bump(tx, "a")
        raise KeyError
    with database.transaction() as tx:
        versions.bump(tx, "b")
    assert names(database) == ["b"]


def test_a_reader_sees_every_commit_while_it_reads(database: Database) -> None:
    """Reads run in autocommit: each sees what was committed before it."""
    with database.transaction() as reader:
        assert reader.one(_COUNT) is None
        with database.transaction() as writer:
            versions.bump(writer, "a")
        assert reader.one(_COUNT) == {"name": "a"}


def test_an_abandoned_generator_releases_the_write_phase(database: Database) -> None:
    """A transaction left by the end of a generator is rolled back, and the process lock released."""

    def writing() -> Iterator[None]:
        with database.transaction() as tx:
            versions.bump(tx, "a")
            yield

    generator = writing()
    next(generator)
    generator.close()
    with database.transaction() as tx:
        versions.bump(tx, "b")
    assert names(database) == ["b"]


def test_a_transaction_that_is_over_refuses_work(database: Database) -> None:
    """Nothing can take a connection through a transaction that has ended."""
    with database.transaction() as tx:
        pass
    with pytest.raises(RuntimeError):
        versions.read(tx, "a")


def test_commit_begins_anew_within_one_transaction(database: Database) -> None:
    """After a commit by hand more may be written, and what was committed stays."""
    with contextlib.suppress(KeyError), database.transaction() as tx:
        versions.bump(tx, "a")
        tx.commit()
        versions.bump(tx, "b")
        raise KeyError
    assert names(database) == ["a"]


def test_many_rows_are_written_by_one_statement(database: Database) -> None:
    """A sequence of parameters writes a row each."""
    with database.transaction() as tx:
        assert tx.change(insert(_VERSIONS), [{"name": "a", "version": 1}, {"name": "b", "version": 2}]) == 2
    assert names(database) == ["a", "b"]


def test_a_returning_write_without_rows_gives_none(database: Database) -> None:
    """A write that affects nothing returns nothing."""
    statement = update(_VERSIONS).where(_VERSIONS.c.name == bindparam("which")).values(version=1)
    with database.transaction() as tx:
        assert tx.change_one(statement.returning(_VERSIONS.c.version), {"which": "nobody"}) is None


def test_sqlite_is_set_up(database_url: str, open_database: Open) -> None:
    """WAL with foreign keys on; what a commit leaves to others, `test_wal.py` shows them do."""
    database = open_database(database_url)
    if database.dialect != "sqlite":
        pytest.skip("of SQLite alone")
    with database.transaction() as tx:
        tx.one(_COUNT)
        connection = tx._driver()
        for name, value in {
            "journal_mode": "wal",
            "synchronous": 1,
            "foreign_keys": 1,
            "busy_timeout": 5000,
            "wal_autocheckpoint": 8000,
            "cache_size": -256,
        }.items():
            assert connection.execute(f"PRAGMA {name}").fetchone() == (value,)


@pytest.mark.parametrize("value", ["nul\x00", "lone \ud800"], ids=["nul", "surrogate"])
def test_a_text_that_no_column_can_hold_is_refused(database: Database, value: str) -> None:
    """NUL and lone surrogates are refused alike by both databases, in reads and writes, and nothing stays locked."""
    with pytest.raises(UnstorableValueError), database.transaction() as tx:
        users.get(tx, value)
    with pytest.raises(UnstorableValueError), database.transaction() as tx:
        versions.bump(tx, value)
    with database.transaction() as tx:
        versions.bump(tx, "b")
    assert names(database) == ["b"]


def test_a_number_that_no_column_can_hold_is_refused(database: Database) -> None:
    """A number beyond 64 bits is the caller's mistake, not ours."""
    with pytest.raises(UnstorableValueError), database.transaction() as tx:
        tx.change(insert(_VERSIONS), {"name": "a", "version": 2**70})


def test_a_conflict_is_told_by_its_constraint_and_quotes_no_value(database: Database) -> None:
    """A broken constraint has its own exception, which names the constraint and no value of the row."""
    with database.transaction() as tx:
        users.add(tx, rows.user(email="secret@example.com"))
    with pytest.raises(ConflictError) as caught, database.transaction() as tx:
        users.add(tx, rows.user(id="u2", username="ALICE"))
    assert "username_key" in caught.value.constraint
    assert "alice" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_defect_is_not_renamed(database: Database) -> None:
    """What is none of the expected failures stays what it is."""
    with pytest.raises(Exception, match="nowhere"), database.transaction() as tx:
        tx.one(text("SELECT * FROM nowhere"))


@pytest.mark.parametrize("failing", ["conflict", "unstorable"])
def test_a_write_that_fails_takes_the_whole_transaction_with_it(database: Database, failing: str) -> None:
    """Whoever goes on after a failed write can neither write more nor commit the first half."""
    tx = database.transaction()
    versions.bump(tx, "a")
    with contextlib.suppress(ConflictError, UnstorableValueError):
        tx.change(insert(_VERSIONS), {"name": "a" if failing == "conflict" else "\x00", "version": 1})
    with pytest.raises(RuntimeError):
        versions.bump(tx, "b")
    with pytest.raises(RuntimeError):
        tx.__exit__(None, None, None)
    assert names(database) == []


def test_a_full_pool_answers_busy(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that gets no connection is answered busy soon instead of hanging."""
    monkeypatch.setattr("idp.storage.engine.POOL_TIMEOUT", 0.1)
    database = Database.open(database_url, keys=secret_keys(), pool_size=1)
    with database.transaction() as holder:
        versions.read(holder, "a")
        with pytest.raises(BusyError), database.transaction() as tx:
            versions.read(tx, "a")
    with database.transaction() as tx:
        assert versions.read(tx, "a") == 0
    database.close()


def test_a_writer_that_waits_too_long_is_answered_busy(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within a process writers queue for a bounded time."""
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL queues writers itself")
    monkeypatch.setattr(database_tx, "LOCK_TIMEOUT", 0.05)
    with database.transaction() as holder:
        versions.bump(holder, "a")
        with pytest.raises(BusyError), database.transaction(durable=True) as tx:
            versions.bump(tx, "b")
    assert names(database) == ["a"]


def test_another_process_that_holds_sqlite_too_long_is_answered_busy(
    database_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting for another process ends as busy, not as a failure, and leaves the process lock free."""
    if database.dialect != "sqlite":
        pytest.skip("only SQLite has one writer")
    monkeypatch.setattr("idp.storage.engine.BUSY_TIMEOUT", 0.05)
    other = opened(database_url)
    impatient = opened(database_url)
    with other.transaction() as holder:
        versions.bump(holder, "a")
        with pytest.raises(BusyError), impatient.transaction() as tx:
            versions.bump(tx, "b")
    with impatient.transaction() as tx:
        versions.bump(tx, "c")
    assert names(database) == ["a", "c"]
    other.close()
    impatient.close()


@contextmanager
def _ended_connection(database: Database, tx: database_tx.DatabaseTx) -> Iterator[None]:
    pid = tx._driver().info.backend_pid
    with database.engine().connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
    yield


def test_a_read_outlives_a_lost_connection(database: Database) -> None:
    """A connection that died while it lay idle is replaced for a read; in a write phase nothing goes on without it."""
    if database.dialect != "postgresql":
        pytest.skip("SQLite has no connection to lose")
    with database.transaction() as tx:
        tx.one(_COUNT)
        with _ended_connection(database, tx):
            assert tx.one(_COUNT) is None
    lost = database.transaction()
    versions.bump(lost, "a")
    with _ended_connection(database, lost), pytest.raises(BusyError):
        lost.one(_COUNT)
    with pytest.raises(RuntimeError):
        versions.bump(lost, "c")
    with pytest.raises(RuntimeError):
        lost.commit()
    with database.transaction() as tx:
        versions.bump(tx, "b")
    assert names(database) == ["b"]


def test_a_server_that_is_not_there_is_answered_busy() -> None:
    """Without a server requests are answered busy: it may come back."""
    database = opened("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(BusyError), database.transaction() as tx:
        versions.read(tx, "a")
    database.close()


def test_threads_that_write_at_once_queue(database: Database) -> None:
    """Many threads write one counter and none fails."""
    failures: list[Exception] = []
    with database.transaction() as tx:
        tx.change(insert(_VERSIONS), {"name": "a", "version": 0})

    def write() -> None:
        try:
            for turn in range(20):
                with database.transaction(durable=turn % 4 == 0) as tx:
                    versions.read(tx, "a")
                    tx.change(_COUNT_UP)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
            failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with database.transaction() as tx:
        assert versions.read(tx, "a") == 160


@pytest.mark.parametrize(
    ("url", "right"),
    [
        ("sqlite:///var/idp.sqlite3", "sqlite"),
        ("postgresql://idp@db/idp", "postgresql+psycopg"),
        ("postgresql+psycopg://idp@db/idp", "postgresql+psycopg"),
        ("postgresql+asyncpg://idp@db/idp", "postgresql+psycopg"),
    ],
)
def test_an_address_is_given_our_driver(url: str, right: str) -> None:
    """Whatever driver an address names, psycopg 3 or sqlite3 is used."""
    assert parsed(url).drivername == right


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://u:hunter2@db/idp", "u:hunter2@db", ""])
def test_an_address_we_do_not_speak_to_is_refused(url: str) -> None:
    """Other databases, and SQLite without a file, are refused without repeating a password."""
    with pytest.raises(ConfigError) as caught:
        Database.open(url, keys=secret_keys())
    assert "hunter2" not in str(caught.value)


def test_a_new_file_is_its_owners_alone(tmp_path: Path) -> None:
    """The file, and the folder it needs, are made; nobody else may read it."""
    file = tmp_path / "deep" / "var" / "idp.sqlite3"
    opened(f"sqlite:///{file}").close()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_forked_child_opens_its_own_connections(database: Database) -> None:
    """A child neither uses nor waits for what its parent has open."""
    with database.transaction() as tx:
        versions.bump(tx, "a")
        child = os.fork()
        if child == 0:  # the parent is in its write phase: the child must still be able to read
            with database.transaction() as mine:
                os._exit(7 if versions.read(mine, "a") == 0 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert names(database) == ["a"]


def test_a_database_that_is_gone_does_not_trouble_a_child(database_url: str) -> None:
    """A database closed and forgotten before the fork is none of the child's business."""
    kept, gone = opened(database_url), opened(database_url)
    reopen = _reopening(weakref.ref(gone))
    before = kept._normal
    _reopening(weakref.ref(kept))()
    assert kept._normal is not before
    gone.close()
    del gone
    gc.collect()
    reopen()
    kept.close()


def test_one_statement_is_compiled_once_and_the_memory_is_bounded(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statements built by the call cannot fill the memory."""
    monkeypatch.setattr("idp.storage.statements._BOUND", 4)
    with database.transaction() as tx:
        for _ in range(9):
            tx.one(select(_VERSIONS))
        assert len(tx._access.statements._known) <= 4


def test_sqlite_can_return_rows() -> None:
    """RETURNING needs SQLite 3.35."""
    assert sqlite3.sqlite_version_info >= (3, 35)


def test_a_commit_that_fails_is_undone_and_leaves_the_way_free(database: Database) -> None:
    """A constraint that is checked at the commit is told like any other, and nothing of the transaction stays."""
    with database.transaction() as tx:
        users.add(tx, rows.user())
    later = (
        "PRAGMA defer_foreign_keys=ON"
        if database.dialect == "sqlite"
        else "ALTER TABLE credentials ALTER CONSTRAINT fk_credentials_user_id DEFERRABLE INITIALLY DEFERRED"
    )
    failing = database.transaction()
    failing.change(text(later))
    credentials.add_credential(failing, rows.credential(user_id="nobody"))
    with pytest.raises(ConflictError):
        failing.commit()
    with database.transaction() as tx:
        assert credentials.get(tx, "c1") is None
        versions.bump(tx, "b")


def test_an_interrupted_begin_leaves_the_way_free(database: Database) -> None:
    """Whatever happens while the write phase opens, the process lock and the connection go back."""

    interrupted = database.transaction()
    interrupted._access = replace(interrupted._access, begin=None)  # type: ignore[arg-type]
    with contextlib.suppress(TypeError), interrupted as tx:
        versions.bump(tx, "a")
        raise AssertionError
    with database.transaction() as tx:
        versions.bump(tx, "b")
    assert names(database) == ["b"]


def test_a_connection_that_cannot_be_cleaned_is_thrown_away(database: Database) -> None:
    """A connection in a state unknown is met by nobody again, and a failure that is none of the driver's is seen."""
    if database.dialect != "postgresql":
        pytest.skip("SQLite does not lose connections")
    interrupted = database.transaction()
    with contextlib.suppress(KeyboardInterrupt), interrupted as tx:
        versions.bump(tx, "a")
        tx._driver().close()
        raise KeyboardInterrupt
    assert names(database) == []


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (sqlite3.DataError("too big"), UnstorableValueError),
        (psycopg.errors.ProgramLimitExceeded("index row too large"), UnstorableValueError),
        (psycopg.errors.DeadlockDetected(), OvertakenError),
        (psycopg.errors.SerializationFailure(), OvertakenError),
        (psycopg.errors.DiskFull(), BusyError),
        (psycopg.errors.UndefinedTable(), psycopg.errors.UndefinedTable),
        (KeyError(), KeyError),
    ],
)
def test_a_failure_of_the_driver_has_our_own_name(error: Exception, kind: type[Exception]) -> None:
    """What can be expected is told in our own words, what cannot stays a defect."""
    assert type(translated(error)) is kind
