"""Claims, times and money in words."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.demo.bank import words
from idp.demo.bank.slips import cents_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 seconds ago"), (89, "89 seconds ago"), (300, "5 minutes ago"), (7200, "2 hours ago")]
)
def test_ago_uses_the_unit_people_would(seconds: int, said: str) -> None:
    """Seconds, then minutes, then hours."""
    assert words.ago(int((NOW - timedelta(seconds=seconds)).timestamp()), now=NOW) == said


def test_claims_that_are_absent_are_said_to_be() -> None:
    """A token that says nothing is not made to say something."""
    assert [value for _, value, _ in words.claims({}, now=NOW)] == ["absent", "absent", "absent"]


def test_access_claims_say_for_whom_and_until_when() -> None:
    """An access token names its API and its end, in words and as they are on the wire."""
    rows = words.access_claims({"aud": "http://a/payments", "exp": int(NOW.timestamp())}, now=NOW)
    assert rows[-2][1] == "http://a/payments"
    assert rows[-1][2] == "Until when: 12:00:00 UTC."
    assert [row[1] for row in words.access_claims({}, now=NOW)] == ["absent"] * 5


@pytest.mark.parametrize(
    ("age", "said"),
    [(0, "12:05:00 UTC, 5 minutes from"), (250, "1 minute from"), (300, "no longer"), (None, "ask again")],
)
def test_lasting_says_until_when_a_proof_is_fresh(age: int | None, said: str) -> None:
    """The time, and how far away it is; afterwards, that the bank asks again."""
    auth_time = None if age is None else int(NOW.timestamp()) - age
    assert said in words.lasting(auth_time, 300, now=NOW)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("25", 2500),
        ("25.50", 2550),
        ("25,50", 2550),
        ("€ 3", 300),
        ("1.5", None),
        ("-1", None),
        ("１", None),
        ("", None),
    ],
)
def test_cents_of_reads_plain_amounts(text: str, cents: int | None) -> None:
    """Whole euros, or two decimals after a point or a comma; anything else is no amount."""
    assert cents_of(text) == cents


def test_money_is_written_with_its_cents() -> None:
    """Thousands apart, always two decimals."""
    assert words.money(1234567) == "€ 12,345.67"
