"""What a process remembers is what the database says: by version, within a bound, and for half a minute."""

from dataclasses import replace

from sqlalchemy import bindparam, select

from idp.core.secrets import SecretKeys
from idp.records.clients import store as clients
from idp.storage import versions
from idp.storage.database_tx import DatabaseTx
from idp.storage.engine import Database
from idp.storage.metadata import METADATA
from idp.storage.snapshots import LONGEST, MOST, Snapshots
from idp.storage.tx import Row
from tests.support.builders import a_client


class Moments:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Shelf:
    """What is read, and how often."""

    def __init__(self) -> None:
        self.value: str | None = "first"
        self.reads = 0

    def read(self, _tx, key: str) -> str | None:
        self.reads += 1
        return self.value


def test_snapshot_is_read_once_while_the_version_stands(database: Database) -> None:
    """Another process's change is seen by the next transaction."""
    shelf, snapshots = Shelf(), Snapshots()
    for _ in range(3):
        with database.transaction() as tx:
            assert snapshots.get(tx, "shelf", "a", shelf.read) == "first"
    assert shelf.reads == 1
    shelf.value = "second"
    with database.transaction() as tx:
        versions.bump(tx, "shelf")
        assert snapshots.get(tx, "shelf", "a", shelf.read) == "second"


def test_snapshot_of_a_change_that_is_rolled_back_is_not_kept(database: Database) -> None:
    """A version that was drawn and undone never comes again."""
    shelf, snapshots = Shelf(), Snapshots()
    with database.transaction() as tx:
        assert snapshots.get(tx, "shelf", "a", shelf.read) == "first"
    shelf.value = "undone"
    with database.transaction() as tx:
        versions.bump(tx, "shelf")
        assert snapshots.get(tx, "shelf", "a", shelf.read) == "undone"
        tx.rollback()
    shelf.value = "first"
    with database.transaction() as tx:
        assert snapshots.get(tx, "shelf", "a", shelf.read) == "first"


def test_snapshot_is_not_kept_for_ever(database: Database) -> None:
    """Whoever changes a row by hand, past the version, is seen within half a minute."""
    shelf, moments = Shelf(), Moments()
    snapshots = Snapshots(time=moments)
    with database.transaction() as tx:
        snapshots.get(tx, "shelf", "a", shelf.read)
        shelf.value = "second"
        moments.at = LONGEST - 0.1
        assert snapshots.get(tx, "shelf", "a", shelf.read) == "first"
        moments.at = LONGEST
        assert snapshots.get(tx, "shelf", "a", shelf.read) == "second"


def test_what_rows_were_made_into_is_the_same_while_they_are(database: Database) -> None:
    """The database is asked each time: a change is seen at once, and one that is undone makes no difference."""
    table = METADATA.tables["versions"]
    statement = select(table.c.name, table.c.version).where(table.c.name == bindparam("name"))

    def read(tx: DatabaseTx, name: str) -> list[Row] | None:
        return tx.made(statement, {"name": name}, list)

    with database.transaction() as tx:
        assert read(tx, "a") is None
        versions.bump(tx, "a")
        versions.bump(tx, "b")
    with database.transaction() as tx:
        first = read(tx, "a")
        assert first == [tx.one(statement, {"name": "a"})]
        assert read(tx, "a") is first
        assert read(tx, "b") == [tx.one(statement, {"name": "b"})]
    with database.transaction() as tx:
        versions.bump(tx, "a")
        assert read(tx, "a") not in (first, None)
        tx.rollback()
        assert read(tx, "a") is first


def test_snapshots_are_bounded_and_what_is_not_there_is_not_remembered(database: Database) -> None:
    """FLT-40: made-up names fill no memory, and a row that comes is found at once."""
    shelf, snapshots = Shelf(), Snapshots()
    with database.transaction() as tx:
        for number in range(MOST + 1):
            snapshots.get(tx, "shelf", str(number), shelf.read)
        assert sum(len(kept.values) for kept in snapshots._kept.values()) <= MOST
        shelf.value = None
        assert snapshots.get(tx, "shelf", "absent", shelf.read) is None
        shelf.value = "there"
        assert snapshots.get(tx, "shelf", "absent", shelf.read) == "there"


def test_client_that_another_process_changes_is_seen_at_once(database: Database) -> None:
    """OAU-31: a disabled client is disabled for the next request of every process."""
    other = Database(database.url, keys=SecretKeys(["a key that only tests use, long enough"]))
    try:
        with database.transaction() as tx:
            clients.add(tx, a_client("bank"))
        with database.transaction() as tx:
            known = clients.get(tx, "bank")
        assert known is not None
        with other.transaction() as tx:
            assert clients.save(tx, replace(known, client_name="Renamed"))
        with database.transaction() as tx:
            assert getattr(clients.get(tx, "bank"), "client_name", "") == "Renamed"
        with other.transaction() as tx:
            clients.remove(tx, "bank")
        with database.transaction() as tx:
            assert clients.get(tx, "bank") is None
    finally:
        other.close()


def test_versions_are_read_once_in_a_transaction(database: Database) -> None:
    """What a request begins with, it ends with; a bump of its own it sees."""
    with database.transaction() as tx:
        before = versions.read(tx, "shelf")
        with database.transaction() as another:
            versions.bump(another, "shelf")
        assert versions.read(tx, "shelf") == before
        versions.bump(tx, "other")
        assert versions.read(tx, "shelf") != before
