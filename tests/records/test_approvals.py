"""Approval requests: decided once, used once, by whom they belong to; on both databases."""

from datetime import timedelta
from typing import Any

import pytest

from idp.records.users import store as users
from idp.records.users.approvals import store as approvals
from idp.records.users.approvals.model import ApprovalRequest, Verdict
from idp.storage.engine import Database
from tests.records import rows
from tests.records.rows import LATER, NOW


def a_request(**changes: Any) -> ApprovalRequest:
    values: dict[str, Any] = {
        "id": "r1",
        "user_id": "u1",
        "interaction_id": "i1",
        "browser_hash": "h1",
        "number": "47",
        "client_name": "Bank",
        "address": "192.0.2.1",
        "user_agent": "Firefox",
        "created_at": NOW,
        "expires_at": LATER,
    }
    return ApprovalRequest(**values | changes)


@pytest.fixture
def asked(database: Database) -> Database:
    with database.transaction() as tx:
        users.add(tx, rows.user())
        approvals.add(tx, a_request())
    return database


def test_approval_is_decided_once_by_the_number(asked: Database) -> None:
    """The first decision stands; the right number approves, and tells on which device."""
    decide = {"user_id": "u1", "credential_id": "c1", "now": NOW}
    with asked.transaction() as tx:
        assert approvals.approve(tx, "r1", number="47", **decide) is Verdict.APPROVED
        assert approvals.approve(tx, "r1", number="47", **decide) is None
        assert approvals.deny_all(tx, "u1", NOW) == 0
        found = approvals.get(tx, "r1")
        assert found is not None
        assert (found.verdict, found.credential_id, found.decided_at) == (Verdict.APPROVED, "c1", NOW)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"number": "48"}, Verdict.MISMATCHED),
        ({"user_id": "u2"}, None),
        ({"request_id": "r2"}, None),
        ({"now": LATER}, None),
    ],
    ids=["another number", "another person", "another request", "late"],
)
def test_approval_of_anything_else_is_none(asked: Database, changes: dict[str, Any], verdict: Verdict | None) -> None:
    """A wrong number ends the request; whose it is not leaves it as it is."""
    given = {"request_id": "r1", "user_id": "u1", "credential_id": "c1", "number": "47", "now": NOW} | changes
    with asked.transaction() as tx:
        assert approvals.approve(tx, given.pop("request_id"), **given) is verdict
        assert len(approvals.list_open(tx, "u1", NOW)) == (0 if verdict else 1)


def test_approval_is_used_once_in_its_interaction(asked: Database) -> None:
    """Only once approved, only in time, only where it was asked, and for one caller alone."""
    with asked.transaction() as tx:
        assert not approvals.consume(tx, "r1", "i1", NOW)
        approvals.approve(tx, "r1", user_id="u1", credential_id="c1", number="47", now=NOW)
        assert not approvals.consume(tx, "r1", "i2", NOW)
        assert not approvals.consume(tx, "r1", "i1", LATER)
        assert approvals.consume(tx, "r1", "i1", NOW + timedelta(minutes=1))
        assert not approvals.consume(tx, "r1", "i1", NOW + timedelta(minutes=1))


def test_approvals_wait_in_order_until_they_are_over(asked: Database) -> None:
    """A newer request of an interaction takes the place of the one before; a denial ends all of a person."""
    with asked.transaction() as tx:
        approvals.withdraw(tx, "i1", NOW)
        for number in (3, 2):
            approvals.add(tx, a_request(id=f"r{number}", created_at=NOW + timedelta(seconds=number)))
        assert [each.id for each in approvals.list_open(tx, "u1", NOW)] == ["r2", "r3"]
        assert approvals.list_open(tx, "u1", LATER) == ()
        assert approvals.deny_all(tx, "u1", NOW) == 2
        assert approvals.list_open(tx, "u1", NOW) == ()
        assert approvals.get(tx, "r9") is None
