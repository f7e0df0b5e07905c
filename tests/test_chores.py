"""Chores: done in the background, each in its own transaction, whatever happens to one of them."""

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from idp.app.chores import Chore, Chores, sealing
from idp.core.clock import Clock
from idp.core.errors import BusyError
from idp.core.tokens import SystemTokens
from idp.records.audit import store as audit
from idp.records.audit.model import Entry, Event
from idp.records.audit.seals import store as seals
from idp.storage.database_tx import DatabaseTx
from idp.storage.engine import Database
from idp.storage.tx import Tx
from tests.support.builders import NOW
from tests.support.clock import FixedClock
from tests.support.waiting import LIMIT, until


def chores_of(database: Database, *chores: Chore, clock: Clock | None = None) -> Chores:
    return Chores(database, chores, clock=clock or FixedClock(), tokens=SystemTokens())


def write(database: Database, count: int) -> None:
    with database.transaction() as tx:
        for _ in range(count):
            audit.add(tx, Event(name="test.event", at=NOW))


def unsealed(database: Database) -> int:
    with database.transaction() as tx:
        return seals.count_unsealed(tx)


def test_trail_is_sealed_in_the_background(database: Database) -> None:
    """More than one batch, by two processes' worth of threads at once: every event once, without a gap."""
    write(database, 1201)
    chore = Chore(name="seal", pause=0.01, do=sealing().do)
    first, second = chores_of(database, chore), chores_of(database, chore)
    for chores in (first, second, first):
        chores.start()
    until(lambda: unsealed(database) == 0)
    for chores in (first, second):
        chores.stop()
    with database.transaction() as tx:
        newest = seals.last(tx)
        assert newest is not None
        assert newest.number == 1201


def test_a_chore_that_fails_is_tried_again(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """A defect is logged by its type alone, a busy database not at all; the next time it is done."""
    outcomes: list[Exception | int] = [RuntimeError("a secret"), BusyError(1), 1, 0]
    left = list(outcomes)

    def do(tx: DatabaseTx) -> int:
        outcome = left.pop(0) if left else 0
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    chores = chores_of(database, Chore(name="count", pause=0.01, do=do))
    chores.start()
    until(lambda: not left)
    chores.stop()
    assert "could not count: RuntimeError" in caplog.text
    assert "a secret" not in caplog.text


def test_a_chore_for_one_is_done_by_one(database: Database) -> None:
    """Of two processes whoever is first does it, pause after pause; when it is gone, the other does."""
    clock, done = FixedClock(), []
    alone = Chore(name="purge", pause=60, do=lambda tx: 0, is_alone=True)
    first, second = chores_of(database, alone, clock=clock), chores_of(database, alone, clock=clock)
    assert (first.may(alone), second.may(alone)) == (True, False)
    for _ in range(3):
        clock.advance(timedelta(seconds=60))
        done.append((first.may(alone), second.may(alone)))
    assert done == [(True, False)] * 3
    clock.advance(timedelta(seconds=60))
    assert second.may(alone)
    assert not first.may(alone)
    assert all(each.may(Chore(name="seal", pause=1, do=lambda tx: 0)) for each in (first, second))


def test_a_chore_for_one_runs_by_itself(database: Database) -> None:
    """Its thread asks first, does it until there is nothing left, and lets others write in between."""
    left = [3, 2, 1, 0]
    chores = chores_of(
        database, Chore(name="count", pause=0.01, do=lambda tx: left.pop(0) if left else 0, is_alone=True, breath=0.001)
    )
    chores.start()
    until(lambda: not left)
    chores.stop()


def test_a_forked_child_does_its_own(database: Database) -> None:
    """Threads do not survive a fork: the child starts its own, and one that never ran stays idle."""
    chores, idle = chores_of(database, Chore(name="nothing", pause=60, do=lambda tx: 0)), chores_of(database)
    chores.start()
    before = chores._threads
    chores.restart()
    idle.restart()
    assert chores._threads != before
    assert idle._threads == ()
    chores._is_over.set()
    assert os.getpid()


def test_whoever_seals_second_says_nothing(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes have read the same events: one seals them, the other leaves it there, and no failure is told."""
    write(database, 3)
    ready, read = threading.Barrier(2, timeout=LIMIT), seals.list_unsealed

    def read_at_once(tx: Tx, **bounds: int) -> Sequence[Entry]:
        found = read(tx, **bounds)
        ready.wait()
        return found

    monkeypatch.setattr(seals, "list_unsealed", read_at_once)
    chore = sealing()
    others = [chores_of(database, chore), chores_of(database, chore)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda each: each.do(chore), others))
    assert sorted(done) == [0, 3]
    assert unsealed(database) == 0
    assert not caplog.records
