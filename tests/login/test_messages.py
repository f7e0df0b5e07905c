"""The words of what is sent, by themselves: what a locked screen may show of them, and what they say of who asked."""

import re
from datetime import UTC, datetime

import pytest

from idp.factors.base import Message
from idp.login.messages import Asked, Errand, code_letter
from idp.web.languages import read_catalogues

CODE = "482913"
AT = datetime(2026, 11, 27, 12, 5, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0"
LANGUAGES = sorted(read_catalogues())


def asked(errand: Errand = Errand.SIGN_IN, *, client: str = "Harbor Bank", country: str = "") -> Asked:
    return Asked(errand=errand, at=AT, client=client, address="203.0.113.7", country=country, user_agent=FIREFOX)


def message(channel: str) -> Message:
    return Message(channel=channel, to="ada", purpose="code", values={"code": CODE, "minutes": "5"})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("client", ["Harbor Bank", ""], ids=["for a client", "for the account"])
@pytest.mark.parametrize("errand", list(Errand))
def test_mail_says_what_for_and_who_asked_before_its_code(language: str, client: str, errand: Errand) -> None:
    """F4: lists of mails and locked screens show the subject and the first lines; the code is a line of its own."""
    texts = read_catalogues()[language]
    letter = code_letter(message("email"), texts, host="id.example.com", asked=asked(errand, client=client))
    first, where, code, *rest = letter.text.split("\n\n")
    name = client or "id.example.com"
    assert (name in letter.subject, name in first, code) == (True, True, CODE)
    assert "2026-11-27 12:05 UTC" in where
    assert "203.0.113.7" in where
    assert "Firefox · Linux" in where
    assert CODE not in letter.subject + first + where + "".join(rest)
    assert not re.search(r"https?://", letter.text), "no link finishes anything"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_each_errand_has_words_of_its_own(language: str, channel: str) -> None:
    """Whoever is asked for a code that they did not expect reads what it would do."""
    texts = read_catalogues()[language]
    told = [code_letter(message(channel), texts, host="id.test", asked=asked(errand)) for errand in Errand]
    assert len({(each.subject, each.text) for each in told}) == len(Errand)


@pytest.mark.parametrize(("language", "place"), [("en", "From: Japan, 203.0.113.7"), ("ja", "日本, 203.0.113.7")])
def test_place_is_named_where_it_is_known(language: str, place: str) -> None:
    """By its country, in the reader's language; a code that is none says nothing."""
    texts = read_catalogues()[language]
    letter = code_letter(message("email"), texts, host="id.test", asked=asked(country="JP"))
    assert place in letter.text
    assert texts.country("??") == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("errand", list(Errand))
def test_text_message_ends_with_its_bound_code(language: str, errand: Errand) -> None:
    """Origin-bound one-time codes: the last line is `@host #code` and nothing else; the first says what it is for."""
    letter = code_letter(message("sms"), read_catalogues()[language], host="id.test", asked=asked(errand))
    first, *_, last = letter.text.splitlines()
    assert last == f"@id.test #{CODE}"
    assert first.index("Harbor Bank") < first.index(CODE)
