"""What the race tests run in processes of their own: one attempt a round, released together."""

import itertools
import multiprocessing
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.synchronize import Barrier
from typing import Any

from idp.login import store as interactions
from idp.login.model import Answer
from idp.records.delivery import store as outbox
from idp.records.delivery.outages import store as outages
from idp.records.delivery.traffic import store as traffic
from idp.records.grants import store as grants
from idp.records.keys.service import KNOWN_AFTER, KeyRing
from idp.records.sessions import store as sessions
from idp.records.throttle import store as throttle
from idp.records.users.credentials import store as credentials
from idp.storage.database_tx import DatabaseTx
from tests.records import rows
from tests.support.clock import FixedClock
from tests.support.database import opened

PROCESSES = 3
THREADS = 5
ROUNDS = 20
BUDGET = 4

Attempt = Callable[[DatabaseTx, int], bool]


def _consume(tx: DatabaseTx, number: int) -> bool:
    return grants.consume_code(tx, f"code{number}", rows.NOW)


def _advance(tx: DatabaseTx, number: int) -> bool:
    return credentials.advance_step(tx, rows.credential(), 100 + number, rows.NOW)


def _reserve(tx: DatabaseTx, number: int) -> bool:
    key = f"second:{number}"
    return throttle.reserve(tx, key, now=rows.NOW, after=BUDGET, lock_for=rows.HOUR, ceiling=100).allowed


def _reach_ceiling(tx: DatabaseTx, number: int) -> bool:
    key = f"ceiling:{number}"
    return throttle.reserve(tx, key, now=rows.NOW, after=100, lock_for=rows.HOUR, ceiling=BUDGET).allowed


def _raise(tx: DatabaseTx, number: int) -> bool:
    secret = f"{threading.get_ident()}:{multiprocessing.current_process().pid}:{number}"
    read = sessions.get(tx, "s1")
    return read is not None and sessions.raise_(
        tx,
        "s1",
        version=1 + number,
        secret_hash=secret,
        evidence=read.evidence,
        user_agent="",
        address="",
        now=rows.NOW,
    )


def _save(tx: DatabaseTx, number: int) -> bool:
    read = interactions.get(tx, f"saved{number}")
    return read is not None and interactions.save(tx, rows.interaction(id=f"saved{number}", version=1))


def _finish(tx: DatabaseTx, number: int) -> bool:
    return interactions.finish(tx, rows.interaction(id=f"ended{number}"), Answer(url="https://rp.test/cb"), rows.NOW)


def _leave(tx: DatabaseTx, number: int) -> bool:
    return interactions.consume_left(tx, f"left{number}", rows.NOW)


def _claim(tx: DatabaseTx, number: int) -> bool:
    until = rows.NOW + rows.HOUR
    return outbox.claim(tx, f"message{number}", seen=0, now=rows.NOW, until=until) is not None


def _probe(tx: DatabaseTx, number: int) -> bool:
    return outages.probe(tx, f"channel{number}", now=rows.NOW, until=rows.NOW + rows.HOUR)


def _send(tx: DatabaseTx, number: int) -> bool:
    return traffic.reserve(tx, f"prefix{number}", rows.NOW, most=BUDGET)


def _rotate(tx: DatabaseTx, number: int) -> bool:
    if number % 7 == 0:  # few are enough: each makes keys
        KeyRing(clock=FixedClock(rows.NOW + number * KNOWN_AFTER)).rotate(tx, "ES256")
    return False


ATTEMPTS: dict[str, Attempt] = {
    "consume_code": _consume,
    "advance_step": _advance,
    "reserve": _reserve,
    "reserve_ceiling": _reach_ceiling,
    "raise": _raise,
    "save": _save,
    "finish": _finish,
    "leave": _leave,
    "claim": _claim,
    "probe": _probe,
    "send": _send,
    "rotate": _rotate,
}


@dataclass(frozen=True)
class Outcome:
    """How many won each round of one race, and what failed."""

    won: Mapping[int, int]
    failures: Sequence[str]


def race_all(url: str) -> dict[str, Outcome]:
    """Run every race: in each round, all threads of all processes make their attempt at once."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES * THREADS)
    results = context.Queue()
    crew = [context.Process(target=_run, args=(url, barrier, results)) for _ in range(PROCESSES)]
    for process in crew:
        process.start()
    seen = [results.get(timeout=200) for _ in crew]
    for process in crew:
        process.join(timeout=20)
    return {
        name: Outcome(
            won=Counter(number for wins, _ in seen for raced, number in wins if raced == name),
            failures=[text for _, failures in seen for raced, text in failures if raced == name],
        )
        for name in ATTEMPTS
    }


def _run(url: str, barrier: Barrier, results: Any) -> None:
    database = opened(url)
    wins: list[tuple[str, int]] = []
    failures: list[tuple[str, str]] = []

    def run() -> None:
        for name, number in itertools.product(ATTEMPTS, range(ROUNDS)):
            barrier.wait(timeout=120)
            try:
                with database.transaction(durable=number % 2 == 0) as tx:
                    won = ATTEMPTS[name](tx, number)
                wins.extend([(name, number)] if won else [])
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must see it
                failures.append((name, repr(error)))

    threads = [threading.Thread(target=run) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    database.close()
    results.put((wins, failures))
