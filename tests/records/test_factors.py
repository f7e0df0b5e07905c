"""Backup codes, what was put off, and the pacing of what is sent, on both databases."""

from datetime import timedelta

import pytest

from idp.policy.model import EnrolAsk
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from idp.records.users.enrolment import store as enrolment
from idp.storage.engine import Database
from tests.records import rows
from tests.records.rows import LATER, NOW


@pytest.fixture
def listed(database: Database) -> Database:
    with database.transaction() as tx:
        users.add(tx, rows.user())
        credentials.add_credential(tx, rows.credential())
        backup_codes.add_codes(tx, "c1", ["h1", "h2", "h3"])
    return database


def test_backup_code_is_spent_once(listed: Database) -> None:
    """A code is there for one caller alone; one of another list never was."""
    with listed.transaction() as tx:
        assert backup_codes.count_codes(tx, "c1") == 3
        assert backup_codes.consume_code(tx, "c1", "h2")
        assert not backup_codes.consume_code(tx, "c1", "h2")
        assert not backup_codes.consume_code(tx, "c2", "h1")
        assert backup_codes.count_codes(tx, "c1") == 2


def test_backup_codes_go_with_their_list(listed: Database) -> None:
    """A list that is removed leaves no code behind."""
    with listed.transaction() as tx:
        assert credentials.remove_credential(tx, "c1", "u1")
        assert backup_codes.count_codes(tx, "c1") == 0


def test_credential_is_renamed_by_its_owner_alone(listed: Database) -> None:
    """A name is the owner's to give."""
    with listed.transaction() as tx:
        assert credentials.rename(tx, "c1", "u1", "My phone")
        assert not credentials.rename(tx, "c1", "u2", "Theirs")
        assert [each.label for each in credentials.list_credentials(tx, "u1")] == ["My phone"]
        users.hold(tx, "u1")


def test_what_was_put_off_is_counted_from_the_first_time(listed: Database) -> None:
    """Skips grow, the first time stays and the last moves, for each rule and person; what was not seen counts."""
    with listed.transaction() as tx:
        assert enrolment.list_asks(tx, "u1") == ()
        assert enrolment.consume_skip(tx, "u1", "staff", NOW, seen=0)
        assert not enrolment.consume_skip(tx, "u1", "staff", LATER, seen=0)
        assert enrolment.consume_skip(tx, "u1", "staff", LATER, seen=1)
        asked = EnrolAsk(rule="staff", skips=2, first_asked_at=NOW, last_asked_at=LATER)
        assert enrolment.list_asks(tx, "u1") == (asked,)
        assert enrolment.list_asks(tx, "u2") == ()


def test_streak_is_forgotten_when_nothing_was_counted_for_long(database: Database) -> None:
    """Ten in ten minutes lock; nine, and one ten minutes after, do not."""
    minutes = timedelta(minutes=10)
    limits = {"after": 3, "lock_for": minutes, "ceiling": None, "forget_after": minutes}
    with database.transaction() as tx:
        for _ in range(2):
            assert throttle.reserve(tx, "send:a", now=NOW, **limits).until is None
        assert throttle.reserve(tx, "send:a", now=NOW + minutes, **limits).until is None
        assert throttle.reserve(tx, "send:a", now=NOW + minutes, **limits).until is None
        locked = throttle.reserve(tx, "send:a", now=NOW + minutes, **limits)
        assert (locked.allowed, locked.until) == (True, NOW + 2 * minutes)
        assert not throttle.reserve(tx, "send:a", now=NOW + minutes, **limits).allowed
