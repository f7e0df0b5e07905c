"""Claims, times and money in words."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.demo.bank import speech, words
from idp.demo.bank.slips import cents_of
from idp.web.languages import read_catalogues

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENGLISH, JAPANESE = (read_catalogues(speech.FOLDER)[tag] for tag in ("en", "ja"))


@pytest.mark.parametrize(
    ("seconds", "said", "in_japanese"),
    [
        (0, "0 seconds ago", "0秒前"),
        (1, "1 second ago", "1秒前"),
        (89, "89 seconds ago", "89秒前"),
        (300, "5 minutes ago", "5分前"),
        (7200, "2 hours ago", "2時間前"),
    ],
)
def test_ago_uses_the_unit_people_would(seconds: int, said: str, in_japanese: str) -> None:
    """Seconds, then minutes, then hours."""
    moment = int((NOW - timedelta(seconds=seconds)).timestamp())
    assert words.ago(moment, ENGLISH, now=NOW) == said
    assert words.ago(moment, JAPANESE, now=NOW) == in_japanese


def test_claims_that_are_absent_are_said_to_be() -> None:
    """A token that says nothing is not made to say something."""
    assert [value for _, value, _ in words.claims({}, ENGLISH, now=NOW)] == ["absent", "absent", "absent"]


def test_access_claims_say_for_whom_and_until_when() -> None:
    """An access token names its API and its end, in words and as they are on the wire."""
    rows = words.access_claims({"aud": "http://a/payments", "exp": int(NOW.timestamp())}, ENGLISH, now=NOW)
    assert rows[-2][1] == "http://a/payments"
    assert rows[-1][2] == "Until when: 12:00:00 UTC."
    assert [row[1] for row in words.access_claims({}, ENGLISH, now=NOW)] == ["absent"] * 5


def test_claims_name_proofs_as_each_language_lists_them() -> None:
    """The values stay as they are on the wire; what they mean is said, with the separator of the language."""
    told = {"acr": "urn:idp:acr:mfa", "amr": ["pwd", "otp", "xyz"]}
    for texts, said in ((ENGLISH, "a password, a one-time code, xyz"), (JAPANESE, "パスワード、ワンタイムコード、xyz")):
        level, methods, _ = words.claims(told, texts, now=NOW)
        assert (level[1], methods[1]) == ("urn:idp:acr:mfa", "pwd otp xyz")
        assert said in methods[2]


@pytest.mark.parametrize(
    ("age", "said"),
    [(0, "12:05:00 UTC, 5 minutes from"), (250, "1 minute from"), (300, "no longer"), (None, "ask again")],
)
def test_lasting_says_until_when_a_proof_is_fresh(age: int | None, said: str) -> None:
    """The time, and how far away it is; afterwards, that the bank asks again."""
    auth_time = None if age is None else int(NOW.timestamp()) - age
    assert said in words.lasting(auth_time, 300, ENGLISH, now=NOW)


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
