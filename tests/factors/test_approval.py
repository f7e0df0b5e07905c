"""Approval on another device (F9): what a request is, and which answers count."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.approval import APPROVED, DENIED, PENDING, Approval
from idp.factors.base import Challenge, Credential, Person, Verified

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
DEVICE = Credential(id="c1", user_id="u1", factor="approval", channel="device:d", created_at=NOW, material=b"d")
FACTOR = Approval()


@pytest.fixture
def request_put() -> Challenge:
    return FACTOR.begin(Person(id="u1", username="ada"), DEVICE, tokens=SystemTokens(), now=NOW)


def test_approval_shows_two_digits_and_sends_no_more_than_a_request(request_put: Challenge) -> None:
    """The number is on the page; who is asked and for which request is what leaves."""
    assert request_put.message is not None
    assert (request_put.message.channel, request_put.message.to) == ("approval", "u1")
    assert len(request_put.page["number"]) == 2
    assert FACTOR.request_of(request_put) == request_put.message.values["request"]
    assert request_put.message.values["number"] not in repr(request_put.message)
    assert FACTOR.request_of(Challenge()) == ""


@pytest.mark.parametrize(
    ("answer", "after", "expected"),
    [
        (PENDING, 0, Rejected(Reason.APPROVAL_PENDING)),
        ("", 0, Rejected(Reason.APPROVAL_PENDING)),
        ("47", 0, Rejected(Reason.APPROVAL_PENDING)),
        (DENIED, 0, Rejected(Reason.APPROVAL_DENIED)),
        (APPROVED, 121, Rejected(Reason.CODE_EXPIRED)),
    ],
)
def test_approval_counts_only_when_it_was_given_in_time(
    request_put: Challenge, answer: str, after: int, expected: Rejected
) -> None:
    """Pending, denied and late ones are refused."""
    assert FACTOR.verify(DEVICE, request_put, answer, now=NOW + timedelta(seconds=after)) == expected


def test_approval_is_used_up(request_put: Challenge) -> None:
    """What is accepted names its request, to be spent."""
    accepted = FACTOR.verify(DEVICE, request_put, APPROVED, now=NOW + timedelta(seconds=119))
    assert accepted == Verified(request=FACTOR.request_of(request_put))


def test_approval_needs_a_device_and_a_request(request_put: Challenge) -> None:
    """Without either nothing is right."""
    assert FACTOR.verify(None, request_put, APPROVED, now=NOW) == Rejected(Reason.FACTOR_NOT_ENROLLED)
    assert FACTOR.verify(DEVICE, Challenge(), APPROVED, now=NOW) == Rejected(Reason.APPROVAL_PENDING)
