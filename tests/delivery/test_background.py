"""Couriers in threads: woken by a commit, by themselves after a pause, gone with the process."""

import subprocess
import sys
from datetime import timedelta
from queue import Queue
from threading import Event
from typing import Any

import pytest

from idp.core.clock import SystemClock
from idp.core.tokens import SystemTokens
from idp.delivery import background
from idp.delivery.background import Background
from idp.delivery.courier import Courier
from idp.records.delivery import store as outbox
from idp.storage.engine import Database
from tests.delivery.kit import Obedient, a_message
from tests.support.database import KEY
from tests.support.waiting import LIMIT, until

ENDING = """
import sys
from idp.core.clock import SystemClock
from idp.core.secrets import SecretKeys
from idp.core.tokens import SystemTokens
from idp.delivery.background import Background
from idp.delivery.courier import Courier
from idp.storage.engine import Database
from tests.delivery.kit import Obedient

database = Database.open(sys.argv[1], keys=SecretKeys([sys.argv[2]]))
Background([Courier("sms", Obedient(), database=database, clock=SystemClock(), tokens=SystemTokens())]).start()
"""


def running(database: Database, carrier: Obedient) -> Background:
    return Background([Courier("sms", carrier, database=database, clock=SystemClock(), tokens=SystemTokens())])


class Watched(Courier):
    """A courier that tells when it has looked and found nothing."""

    def __init__(self, *parts: Any, **named: Any) -> None:
        super().__init__(*parts, **named)
        self.idle = Event()

    def work_once(self) -> bool:
        was_due = super().work_once()
        if not was_due:
            self.idle.set()
        return was_due


def test_a_commit_wakes_a_rollback_does_not(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is committed leaves although nobody looks by himself; what is rolled back was never there."""
    monkeypatch.setattr(background, "PAUSE", None)  # until somebody wakes it
    carrier, now = Obedient(), SystemClock().now()
    courier = Watched("sms", carrier, database=database, clock=SystemClock(), tokens=SystemTokens())
    it = Background([courier])
    it.start()
    it.start()
    try:
        assert courier.idle.wait(LIMIT)
        with database.transaction() as tx:
            outbox.add(tx, a_message(created_at=now, expires_at=now + timedelta(minutes=5)))
            tx.after_commit(lambda: it.wake("sms"))
        until(lambda: carrier.carried)
        assert len(carrier.carried) == 1
    finally:
        it.stop()
    woken: list[int] = []
    try:
        with database.transaction() as tx:
            outbox.add(tx, a_message())
            tx.after_commit(lambda: woken.append(1))
            raise KeyError
    except KeyError:
        pass
    assert woken == []


class Looking:
    """A courier that has nothing to do, and counts how often it looked."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.looks: Queue[int] = Queue()

    def work(self) -> int:
        return 0

    def work_once(self) -> bool:
        self.looks.put(1)
        return False


def test_only_the_courier_of_a_channel_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A courier for which nothing was written asks the database nothing."""
    monkeypatch.setattr(background, "PAUSE", None)  # until somebody wakes it
    mail, sms = Looking("mail"), Looking("sms")
    it = Background([mail, sms])
    it.wake("sms")  # before the start it wakes nobody
    it.start()
    try:
        for courier in (mail, sms):
            courier.looks.get(timeout=LIMIT)
        it.wake("sms")
        sms.looks.get(timeout=LIMIT)
        it.wake()
        mail.looks.get(timeout=LIMIT)
    finally:
        it.stop()
    assert mail.looks.empty()


def test_what_another_process_left_is_found(database: Database) -> None:
    """Nobody wakes us for it: we look by ourselves every second. A child that was forked begins again."""
    assert background.PAUSE == 1
    carrier, now = Obedient(), SystemClock().now()
    it = running(database, carrier)
    it.restart()  # nothing runs, so nothing begins
    it.start()
    try:
        with database.transaction() as tx:
            outbox.add(tx, a_message(created_at=now, expires_at=now + timedelta(minutes=5)))
        until(lambda: carrier.carried)
        assert len(carrier.carried) == 1
    finally:
        it.stop()


def test_a_process_ends_although_couriers_run(database_url: str) -> None:
    """Threads that are no daemons let a process end: they see its main thread gone."""
    arguments = [sys.executable, "-c", ENDING, database_url, KEY]
    assert subprocess.run(arguments, timeout=LIMIT, check=False).returncode == 0
