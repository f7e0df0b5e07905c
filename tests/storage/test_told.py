"""Versions in memory: kept while every change is heard of, for a second at most, and never past a change."""

import os
import time
from collections.abc import Iterator

import pytest

from idp.core.secrets import SecretKeys
from idp.storage import versions
from idp.storage.engine import Database
from idp.storage.shared import Shared
from idp.storage.told import LONGEST, Told
from tests.support.redis import RedisServer, redis_server
from tests.support.waiting import until

KEYS = SecretKeys(["a key of the tests, for nothing else"])
NAMESPACE = "idp:told"


class Moments:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


class Truth:
    """What the database says, and how often it was asked."""

    def __init__(self) -> None:
        self.version = 1
        self.reads = 0

    def __call__(self) -> dict[str, int]:
        self.reads += 1
        return {"clients": self.version}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the whole file."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


def listening(server: RedisServer) -> Told:
    told = Told(Shared(server.url, namespace=NAMESPACE))
    told.start()
    until(lambda: told.is_listening)
    return told


def test_without_redis_the_database_is_asked_each_time() -> None:
    """Nothing is kept that nobody would take back."""
    told, truth = Told(), Truth()
    told.start()
    assert [told.versions(truth) for _ in range(3)] == [{"clients": 1}] * 3
    assert truth.reads == 3
    told.change()
    told.stop()


def test_change_elsewhere_is_heard(server: RedisServer) -> None:
    """What one process commits, the other reads anew within a moment."""
    one, other, truth = listening(server), listening(server), Truth()
    until(lambda: bool(other.versions(truth)) and other._kept is not None)
    reads = truth.reads
    assert other.versions(truth) == {"clients": 1}
    assert truth.reads == reads
    truth.version = 2
    one.change()
    until(lambda: other.versions(truth) == {"clients": 2})
    for told in (one, other):
        told.stop()


def test_lost_message_costs_a_second_at_most() -> None:
    """The database is asked again once a second, whatever was heard."""
    moments, truth = Moments(), Truth()
    told = Told(time=moments)
    told._heard_until = 10.0
    told.versions(truth)
    truth.version = 2
    moments.at = LONGEST - 0.01
    assert told.versions(truth) == {"clients": 1}
    moments.at = LONGEST
    assert told.versions(truth) == {"clients": 2}


def test_silence_ends_the_trust() -> None:
    """Whoever hears nothing any more asks the database each time."""
    moments, truth = Moments(), Truth()
    told = Told(time=moments)
    told._heard_until = 0.5
    told.versions(truth)
    truth.version, moments.at = 2, 0.6
    assert [told.versions(truth) for _ in range(3)] == [{"clients": 2}] * 3
    assert truth.reads == 4


def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    """A message that arrives while the database is being asked voids the answer."""
    told, truth = Told(time=Moments()), Truth()
    told._heard_until = 10.0

    def overtaken() -> dict[str, int]:
        answer = truth()
        truth.version = 2
        told.forget()
        return answer

    assert told.versions(overtaken) == {"clients": 1}
    assert told.versions(truth) == {"clients": 2}


def test_flt_08_lost_and_frozen_redis_are_noticed(server: RedisServer) -> None:
    """FLT-08, FLT-09: while Redis is gone or silent nothing is kept; afterwards changes are heard again."""
    told = listening(server)
    with server.frozen():
        until(lambda: not told.is_listening)
    until(lambda: told.is_listening)
    server.stop()
    until(lambda: not told.is_listening)
    server.start()
    until(lambda: told.is_listening)
    told.stop()
    assert not told.is_listening


def test_own_change_is_seen_at_once_and_only_once_committed(server: RedisServer, database_url: str) -> None:
    """A transaction reads its own version; what is rolled back reaches no memory."""
    database = Database.open(database_url, keys=KEYS, shared=Shared(server.url, namespace=NAMESPACE))
    database.told.start()
    until(lambda: database.told.is_listening)
    with database.transaction() as tx:
        assert versions.read(tx, "clients") == 0
    with database.transaction() as tx:
        versions.bump(tx, "clients")
        undone = versions.read(tx, "clients")
        assert undone > 0
        tx.rollback()
    with database.transaction() as tx:
        assert versions.read(tx, "clients") == 0
    with database.transaction() as tx:
        versions.bump(tx, "clients")
        kept = versions.read(tx, "clients")
    with database.transaction() as tx:
        assert versions.read(tx, "clients") == kept
    database.close()


FORKED = "child"


def test_flt_46_forked_child_listens_over_a_connection_of_its_own(server: RedisServer) -> None:
    """FLT-46: the child hears by itself, and the parent goes on hearing."""
    parent = listening(server)
    with server.asked() as client:
        before = client.pubsub_numsub(f"{NAMESPACE}:changed")[0][1]
        readable, writable = os.pipe()
        child = os.fork()
        if child == 0:  # pragma: no cover - in the child, which is not traced
            until(lambda: parent.is_listening)
            os.write(writable, FORKED.encode())
            time.sleep(0.3)
            os._exit(0)
        assert os.read(readable, 16).decode() == FORKED
        assert client.pubsub_numsub(f"{NAMESPACE}:changed")[0][1] == before + 1
        os.waitpid(child, 0)
    assert parent.is_listening
    parent.stop()


def test_versions_for_what_anybody_may_cache_are_a_second_old_at_most():
    """Without Redis too: discovery and keys are told to be cached for minutes anyway."""
    moments, truth = Moments(), Truth()
    told = Told(time=moments)
    assert told.lately(truth) == {"clients": 1}
    truth.version, moments.at = 2, LONGEST * 0.99
    assert (told.lately(truth), truth.reads) == ({"clients": 1}, 1)
    moments.at = LONGEST
    assert (told.lately(truth), truth.reads) == ({"clients": 2}, 2)


def test_what_anybody_may_cache_is_as_young_as_what_was_last_read():
    """So a process never goes back to a state that it has seen pass."""
    truth, told = Truth(), Told(time=Moments())
    told.lately(truth)
    truth.version = 2
    assert told.versions(truth) == {"clients": 2}
    assert (told.lately(truth), truth.reads) == ({"clients": 2}, 2)


def test_change_made_here_counts_at_once_for_what_anybody_may_cache_too():
    truth, told = Truth(), Told(time=Moments())
    told.lately(truth)
    truth.version = 2
    told.change()
    assert told.lately(truth) == {"clients": 2}


def test_versions_read_before_a_change_are_not_kept_after_it_for_anybody():
    truth, told = Truth(), Told(time=Moments())

    def overtaken() -> dict[str, int]:
        found = truth()
        truth.version = 2
        told.change()
        return found

    assert told.lately(overtaken) == {"clients": 1}
    assert told.lately(truth) == {"clients": 2}
