"""Couriers in threads: woken by a commit, by themselves after a pause, gone with the process."""

import subprocess
import sys
import time
from datetime import timedelta
from queue import Queue

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


def wait_for(carrier: Obedient, count: int) -> float:
    began = time.monotonic()
    while len(carrier.carried) < count and time.monotonic() < began + 10:
        time.sleep(0.005)
    assert len(carrier.carried) == count
    return time.monotonic() - began


def test_a_commit_wakes_a_rollback_does_not(database: Database) -> None:
    """What is committed leaves at once; what is rolled back was never there."""
    carrier, now = Obedient(), SystemClock().now()
    it = running(database, carrier)
    it.start()
    it.start()
    try:
        time.sleep(0.1)
        with database.transaction() as tx:
            outbox.add(tx, a_message(created_at=now, expires_at=now + timedelta(minutes=5)))
            tx.after_commit(lambda: it.wake("sms"))
        assert wait_for(carrier, 1) < 0.8
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
            courier.looks.get(timeout=10)
        it.wake("sms")
        sms.looks.get(timeout=10)
        it.wake()
        mail.looks.get(timeout=10)
    finally:
        it.stop()
    assert mail.looks.empty()


def test_what_another_process_left_is_found(database: Database) -> None:
    """Nobody wakes us for it: we look by ourselves within a second or so. A child that was forked begins again."""
    carrier, now = Obedient(), SystemClock().now()
    it = running(database, carrier)
    it.restart()  # nothing runs, so nothing begins
    it.start()
    try:
        with database.transaction() as tx:
            outbox.add(tx, a_message(created_at=now, expires_at=now + timedelta(minutes=5)))
        assert wait_for(carrier, 1) < background.PAUSE + 2
    finally:
        it.stop()


def test_a_process_ends_although_couriers_run(database_url: str) -> None:
    """Threads that are no daemons let a process end: they see its main thread gone."""
    arguments = [sys.executable, "-c", ENDING, database_url, KEY]
    assert subprocess.run(arguments, timeout=30, check=False).returncode == 0
