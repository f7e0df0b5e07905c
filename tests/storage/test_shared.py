"""Redis: what several processes count together, and what becomes of them without it."""

import threading
import time
from collections.abc import Iterator

import pytest

from idp.storage.shared import REST, TIMEOUT, Shared
from tests.support.redis import RedisServer, SlowRoad, redis_server


class Moments:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the whole file."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def moments() -> Moments:
    """The time by which the rest after a failure is measured."""
    return Moments()


@pytest.fixture
def shared(server: RedisServer, moments: Moments) -> Iterator[Shared]:
    """One process."""
    server.wipe()
    shared = Shared(server.url, namespace="idp:test", time=moments)
    yield shared
    shared.close()


def test_processes_count_together_and_installations_apart(server: RedisServer, shared: Shared) -> None:
    """What one process counts the other goes on from; another installation on the same Redis does not."""
    other, stranger = Shared(server.url, namespace="idp:test"), Shared(server.url, namespace="idp:other")
    assert [shared.count("a", ttl=60), other.count("a", ttl=60), other.count("b", ttl=60)] == [1, 2, 1]
    assert stranger.count("a", ttl=60) == 1
    for each in (other, stranger):
        each.close()


def test_counts_end_by_themselves(server: RedisServer, shared: Shared) -> None:
    """Nothing that is counted stays in Redis."""
    shared.count("a", ttl=60)
    with server.asked() as client:
        assert 0 < client.ttl("idp:test:a") <= 60


def test_flt_08_lost_redis_is_told_to_the_caller_at_once(server: RedisServer, shared: Shared, moments: Moments) -> None:
    """FLT-08: no exception and no number; once it is back, and has been left alone for a moment, it counts again."""
    server.stop()
    assert shared.count("a", ttl=60) is None
    assert not shared.tell("changed")
    server.start()
    assert shared.count("a", ttl=60) is None, "it is left alone first"
    moments.at += REST
    assert shared.count("a", ttl=60) == 1
    assert shared.is_well()


def test_flt_09_slow_redis_costs_one_short_wait(server: RedisServer, moments: Moments) -> None:
    """FLT-09: a Redis that answers nothing is waited for once, whatever is asked of it in the moment after."""
    with SlowRoad(server.port) as road:
        shared = Shared(f"redis://127.0.0.1:{road.port}/0", namespace="idp:test", time=moments)
        _wait_for(shared, moments)
        with server.frozen():
            road.asked = 0
            assert [shared.count("a", ttl=60) for _ in range(200)] == [None] * 200
            assert road.asked <= 1
        _wait_for(shared, moments)
        shared.close()


def _wait_for(shared: Shared, moments: Moments) -> None:
    """Ask until Redis answers in time, which one that is well may fail to do on a machine that is busy."""
    while not shared.is_well():
        moments.at += REST


def test_flt_10_full_redis_is_as_none(server: RedisServer, shared: Shared, moments: Moments) -> None:
    """FLT-10: what cannot be written is not counted as if it were the first."""
    with server.full():
        assert shared.count("a", ttl=60) is None
    moments.at += REST
    assert shared.count("a", ttl=60) == 1


def test_flt_12_late_reply_is_nobodys(server: RedisServer, moments: Moments) -> None:
    """FLT-12: after replies that came too late, everybody still gets the answer to their own question."""
    server.wipe()
    with SlowRoad(server.port) as road:
        shared = Shared(f"redis://127.0.0.1:{road.port}/0", namespace="idp:test", time=moments)
        assert [shared.count("busy", ttl=60) for _ in range(40)] == list(range(1, 41))
        for delay in (3 * TIMEOUT, 0.0, 3 * TIMEOUT, 0.0):
            road.delay, moments.at = delay, moments.at + REST
            _count_at_once(shared)
        road.delay, moments.at = 0.0, moments.at + REST
        time.sleep(4 * TIMEOUT)  # whatever was under way has arrived
        assert [shared.count(f"own-{number}", ttl=60) for number in range(20)] == [1] * 20
        shared.close()


def _count_at_once(shared: Shared) -> None:
    """Let several threads ask, each of which is only ever answered a number of its own."""
    wrong: list[int] = []

    def ask() -> None:
        answer = shared.count("busy", ttl=60)
        if answer is not None and answer <= 40:
            wrong.append(answer)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_wrong_password_is_as_no_redis(server: RedisServer) -> None:
    """A Redis that does not let us in is none; nothing fails."""
    shared = Shared(server.url.replace("//", "//nobody:wrong@"), namespace="idp:test")
    assert shared.count("a", ttl=60) is None
    shared.close()
