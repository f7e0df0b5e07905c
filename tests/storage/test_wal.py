"""SQLite's log: what is durable is flushed before anybody hears of it, many commits at once; and it stays short."""

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from idp.core.errors import BusyError
from idp.storage import versions
from idp.storage.engine import Database
from idp.storage.metadata import METADATA
from idp.storage.wal import WriteAheadLog
from tests.support.database import secret_keys
from tests.support.waiting import LIMIT, until


class Disk:
    """Flushes for real, and tells what was in the file by then; it can be held up, or broken."""

    def __init__(self) -> None:
        self.flushed: list[bytes] = []
        self.is_broken = False
        self.is_free = threading.Event()
        self.is_free.set()
        self.has_begun = threading.Event()

    def flush(self, handle: int) -> None:
        content = os.pread(handle, 10_000_000, 0)
        self.has_begun.set()
        assert self.is_free.wait(LIMIT)
        if self.is_broken:
            raise OSError(5, "the disk is broken")
        os.fsync(handle)
        self.flushed.append(content)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    monkeypatch.setattr(os, "fdatasync", disk.flush)
    return disk


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "idp.sqlite3"


@pytest.fixture
def database(disk: Disk, file: Path) -> Database:
    database = Database.open(f"sqlite:///{file}", keys=secret_keys())
    METADATA.create_all(database.engine())
    return database


def bump(database: Database, name: str, *, durable: bool = True, afterwards: Callable[[], None] = lambda: None) -> None:
    with database.transaction(durable=durable) as tx:
        versions.bump(tx, name)
        tx.after_commit(afterwards)


def wait_until_seen(database: Database, count: int) -> None:
    """Wait until so many of those who write at once have committed."""

    def have_all() -> bool:
        with database.transaction() as tx:
            return all(versions.read(tx, f"several-{number}") for number in range(count))

    until(have_all, "somebody has not committed")


def test_durable_commit_is_flushed_before_anybody_hears_of_it(database: Database, disk: Disk) -> None:
    """What was written is in the log that is flushed, and what follows a commit follows the flush."""
    seen: list[int] = []
    bump(database, "kept-for-ever", afterwards=lambda: seen.append(len(disk.flushed)))
    assert seen == [1]
    assert b"kept-for-ever" in disk.flushed[0]


def test_nothing_else_waits_for_the_disk(database: Database, disk: Disk) -> None:
    """Neither a commit that need not be durable, nor a transaction that only read, nor one that was undone."""
    bump(database, "soon", durable=False)
    with database.transaction(durable=True) as tx:
        assert versions.read(tx, "soon") != 0
    with database.transaction(durable=True) as tx:
        versions.bump(tx, "never")
        tx.rollback()
    assert disk.flushed == []


def test_one_flush_keeps_all_who_wait(database: Database, disk: Disk) -> None:
    """While the disk is busy others commit, and read and write; the next flush is for all of them."""
    disk.is_free.clear()
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(bump, database, "first")
        assert disk.has_begun.wait(LIMIT)
        others = [pool.submit(bump, database, f"several-{number}") for number in range(5)]
        bump(database, "normal", durable=False)
        wait_until_seen(database, 5)
        assert not any(each.done() for each in (first, *others))
        disk.is_free.set()
        for each in (first, *others):
            each.result(LIMIT)
    assert 2 <= len(disk.flushed) <= 3, "whoever committed a moment after the others has one of its own"
    assert all(f"several-{number}".encode() in disk.flushed[-1] for number in range(5))


def test_flush_that_fails_fails_all_who_wait_for_it(database: Database, disk: Disk) -> None:
    """A second try would be told that all is well (a lost page is told of once); caches are renewed all the same."""
    heard: list[str] = []
    disk.is_broken = True
    disk.is_free.clear()
    with ThreadPoolExecutor(4) as pool:
        waiting = [
            pool.submit(bump, database, f"several-{number}", afterwards=lambda: heard.append("committed"))
            for number in range(4)
        ]
        wait_until_seen(database, 4)
        disk.is_free.set()
        for each in waiting:
            with pytest.raises(BusyError):
                each.result(LIMIT)
    assert heard == ["committed"] * 4
    assert disk.flushed == []
    disk.is_broken = False
    bump(database, "kept")
    assert len(disk.flushed) == 1


def test_log_is_beside_the_file_and_not_beside_a_link_to_it(database: Database, disk: Disk, tmp_path: Path) -> None:
    """As SQLite has it."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "link.sqlite3").symlink_to(tmp_path / "idp.sqlite3")
    linked = Database.open(f"sqlite:///{folder / 'link.sqlite3'}", keys=secret_keys())
    bump(linked, "through-a-link")
    assert b"through-a-link" in disk.flushed[-1]


def test_log_that_is_gone_needs_no_flush(tmp_path: Path, disk: Disk) -> None:
    """Whoever closed the file last has moved everything to it, and removed the log."""
    WriteAheadLog(tmp_path / "closed.sqlite3").keep()
    assert disk.flushed == []


def test_log_is_moved_to_the_file_beside_those_who_write(database: Database, file: Path, tmp_path: Path) -> None:
    """Commits leave the file alone; the chore moves them there, whoever is in the middle of a change."""
    bump(database, "moved", durable=False)
    copied = tmp_path / "copied.sqlite3"
    shutil.copy(file, copied)
    assert names_in(copied) == []
    with database.transaction() as tx:
        versions.bump(tx, "not yet")
        database.shorten_log()
        shutil.copy(file, copied)
        assert names_in(copied) == ["moved"]


def names_in(file: Path) -> list[str]:
    """Return what the file holds without its log."""
    connection = sqlite3.connect(f"file:{file}?immutable=1", uri=True)
    try:
        return [name for (name,) in connection.execute("SELECT name FROM versions")]
    except sqlite3.OperationalError:  # not even the table is there
        return []
    finally:
        connection.close()
