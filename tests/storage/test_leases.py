"""Leases: of all who ask one has the task, for as long as it asked, and nobody has to give it back."""

import threading
from datetime import timedelta

import pytest

from idp.storage import leases
from idp.storage.engine import Database
from tests.support.builders import NOW

MINUTE = timedelta(minutes=1)


def take(database: Database, holder: str, *, after: timedelta = timedelta(), task: str = "purge") -> bool:
    with database.transaction() as tx:
        return leases.take(tx, task, holder=holder, now=NOW + after, until=NOW + after + MINUTE)


def test_task_is_one_holders_until_its_time_is_over(database: Database) -> None:
    """The holder may go on; another has it once the time is over, and another task at once."""
    assert take(database, "a")
    assert not take(database, "b", after=MINUTE / 2)
    assert take(database, "b", task="rotate")
    assert take(database, "a", after=MINUTE / 2)
    assert not take(database, "b", after=MINUTE)
    assert take(database, "b", after=1.5 * MINUTE)
    assert not take(database, "a", after=2 * MINUTE)


@pytest.mark.parametrize("is_there", [False, True], ids=["new", "free again"])
def test_of_many_at_once_one_has_it(database: Database, is_there: bool) -> None:
    """Whether the row is there already or not."""
    if is_there:
        take(database, "before")
    won: list[str] = []

    def ask(name: str) -> None:
        if take(database, name, after=2 * MINUTE):
            won.append(name)

    threads = [threading.Thread(target=ask, args=(str(number),)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
