"""Several worker processes: what they share and do not share, and how they end."""

import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.cluster import Cluster, cluster
from tests.support.provider import KEY
from tests.support.waiting import until
from tests.support.workers import ENDS

pytestmark = pytest.mark.workers

FORKING = """
import multiprocessing, sys
from idp.core.secrets import SecretKeys
from idp.core.tokens import SystemTokens
from idp.storage.engine import Database
from sqlalchemy import text

tokens = SystemTokens()
database = Database.open(sys.argv[1], keys=SecretKeys([sys.argv[2]]))
SQL = text("CREATE TABLE IF NOT EXISTS drawn (value TEXT PRIMARY KEY)")
with database.transaction() as tx:
    tx.change(SQL)
tokens.token()

def child(number):
    with database.transaction() as tx:
        for _ in range(50):
            tx.change(text("INSERT INTO drawn (value) VALUES (:value)"), {"value": tokens.token()})

context = multiprocessing.get_context("fork")
children = [context.Process(target=child, args=(number,)) for number in range(16)]
for each in children: each.start()
for each in children: each.join()
with database.engine().connect() as connection:
    print(sum(each.exitcode for each in children), connection.execute(text("SELECT count(*) FROM drawn")).scalar())
"""


@pytest.fixture
def four(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Cluster]:
    """Four worker processes on SQLite."""
    with cluster(request, "sqlite", folder=tmp_path, workers=4, racers=4) as it:
        yield it


def test_flt_46_forked_workers_draw_apart_and_keep_apart(tmp_path: Path) -> None:
    """FLT-46: sixteen forked children draw different values, each over a connection of its own."""
    arguments = [sys.executable, "-W", "ignore", "-c", FORKING, f"sqlite:///{tmp_path / 'fork.sqlite3'}", KEY]
    ended = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout.split() == ["0", "800"], ended.stderr


class Load:
    """People who sign in and machines that ask, until the server is gone."""

    def __init__(self, four: Cluster) -> None:
        self._four = four
        self.statuses: Counter[int] = Counter()
        self.lost = 0
        self._is_over = False
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(4)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        for thread in self._threads:
            thread.join(30)

    def _run(self, number: int) -> None:
        person = self._four.people[f"racer{number}"]
        while not self._is_over:
            browser = self._four.browser()
            try:
                person.identify(browser, browser.open(self._four.bank.attempt().url))
            except OSError:
                self.lost += 1
                time.sleep(0.05)
            except AssertionError:
                pass  # a page without the form: its status is judged below
            self.statuses.update(page.status for page in browser.record)


def workers_of(four: Cluster) -> set[str]:
    """Return the ids of the worker processes."""
    pid = four.running.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    found = set()
    for child in children:
        with suppress(OSError):  # it has ended meanwhile
            if b"serve" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.add(child)
    return found


def test_flt_47_stop_under_load_is_clean(four: Cluster) -> None:
    """FLT-47: SIGTERM lets what has begun end, drops the rest, and answers nothing with a 5xx but busy."""
    with Load(four) as load:
        until(lambda: load.statuses[303] >= 10)
        assert load.lost == 0
        four.running.stop()
        time.sleep(0.3)
    assert four.running.process.returncode in ENDS
    assert {status for status in load.statuses if status >= 500} <= {503}
    assert "Traceback" not in four.running.said()


def test_flt_47_killed_worker_is_replaced(four: Cluster) -> None:
    """FLT-47: whoever loses its worker is served by the next one; nothing half-done is left."""
    browser, alice = four.browser(), four.people["alice"]
    page = browser.open(four.bank.attempt().url)
    before = workers_of(four)
    assert len(before) >= 4
    killed = min(before)
    subprocess.run(["/bin/kill", "-9", killed], check=True)
    until(lambda: killed not in (now := workers_of(four)) and len(now) >= 4)
    for _ in range(8):
        assert four.bank.get("/jwks").status == 200
    assert alice.identify(browser, page).status == 303
