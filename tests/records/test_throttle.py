from datetime import datetime, timedelta

from idp.records.throttle import store as throttle
from idp.records.throttle.model import Budget
from idp.records.throttle.store import Reserved
from idp.storage.database_tx import DatabaseTx
from tests.records import rows

KEY = "second:u1"
LOCK = timedelta(minutes=15)
END = rows.NOW + LOCK


def reserve(tx: DatabaseTx, at: datetime = rows.NOW, *, after: int = 3, ceiling: int | None = None) -> Reserved:
    return throttle.reserve(tx, KEY, now=at, after=after, lock_for=LOCK, ceiling=ceiling)


def test_as_many_attempts_as_the_budget_holds_are_let_through(tx: DatabaseTx) -> None:
    """The last attempt of the streak is let through and locks the key."""
    assert [reserve(tx) for _ in range(4)] == [
        Reserved(allowed=True, failures=1),
        Reserved(allowed=True, failures=2),
        Reserved(allowed=True, failures=3, until=END),
        Reserved(allowed=False, failures=3, until=END),
    ]
    assert throttle.get(tx, KEY) == Budget(key=KEY, failures=3, streak=3, failed_at=rows.NOW, locked_until=END)


def test_a_budget_of_one_locks_with_its_first_attempt(tx: DatabaseTx) -> None:
    """Even the row's first attempt may be the last."""
    assert reserve(tx, after=1) == Reserved(allowed=True, failures=1, until=END)
    assert not reserve(tx, after=1).allowed


def test_a_lock_that_has_passed_starts_a_new_streak_and_keeps_the_count(tx: DatabaseTx) -> None:
    """Waiting earns a new streak, not a new count."""
    for _ in range(3):
        reserve(tx)
    assert not reserve(tx, END - timedelta(microseconds=1)).allowed
    assert reserve(tx, END) == Reserved(allowed=True, failures=4)
    found = throttle.get(tx, KEY)
    assert found == Budget(key=KEY, failures=4, streak=1, failed_at=END)


def test_the_ceiling_is_final_until_somebody_helps(tx: DatabaseTx) -> None:
    """NIST SP 800-63B-4 §3.2.2: at the ceiling waiting does not help."""
    at = rows.NOW
    for _ in range(5):
        assert reserve(tx, at, ceiling=5).allowed
        at += LOCK
    assert reserve(tx, at, ceiling=5) == Reserved(allowed=False, failures=5)
    throttle.clear(tx, KEY)
    assert throttle.get(tx, KEY) is None
    assert reserve(tx, at, ceiling=5) == Reserved(allowed=True, failures=1)


def test_keys_have_budgets_of_their_own(tx: DatabaseTx) -> None:
    """What is counted under one key locks no other."""
    for _ in range(4):
        reserve(tx)
    other = throttle.reserve(tx, "second:u2", now=rows.NOW, after=3, lock_for=LOCK, ceiling=5)
    assert other == Reserved(allowed=True, failures=1)


def test_clear_all_forgets_a_key_and_what_continues_it(tx: DatabaseTx) -> None:
    """A person's budget and those of their devices go; that of a person whose id begins alike stays."""
    for key in ("second:u_1", "second:u_1:device", "second:u_10", "second:ux1:device"):
        throttle.reserve(tx, key, now=rows.NOW, after=3, lock_for=LOCK, ceiling=None)
    assert throttle.clear_all(tx, "second:u_1") == 2
    assert throttle.get(tx, "second:u_10") is not None
    assert throttle.get(tx, "second:ux1:device") is not None
