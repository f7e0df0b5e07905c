"""The bank speaks its visitor's language on every page, and has the provider speak the same one."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.demo.conftest import Visitor
from tests.support.pages import Document

LATIN = re.compile(r"[A-Za-z]{2,}")
KANA_OR_KANJI = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
NAMES = {"Harbor", "Bank", "Bob", "Baker", "Dora", "alice", "bob", "carol", "dave", "admin"}
TERMS = {"http", "localhost", "ID", "API", "JSON", "SMS", "UTC"}
"""What is written in Latin letters in Japanese, too."""
READ_OUT = ("aria-label", "alt", "title", "placeholder")
ERRORS = (
    "access_denied",
    "login_required",
    "unmet_authentication_requirements",
    "temporarily_unavailable",
    "server_error",
)


def accept(visitor: Visitor, header: str) -> None:
    """Have the visitor's browser ask for languages, at the bank alone."""
    visitor.bank.environ_base["HTTP_ACCEPT_LANGUAGE"] = header


def asked(answer: TestResponse) -> dict[str, list[str]]:
    """Return what the provider is asked."""
    return parse_qs(urlsplit(answer.headers["location"]).query)


def outside(visitor: Visitor) -> Iterator[tuple[str, TestResponse]]:
    """Yield every page that one sees before a sign-in, and after a sign-out."""
    yield "welcome", visitor.open("/")
    yield "signed out", visitor.open("/signed-out")
    yield "outbox", visitor.open("/outbox")
    yield "authenticator", visitor.open("/authenticator")
    for typed in ({"name": "x", "key": "no"}, {"name": "<b>", "key": "JBSWY3DPEHPK3PXPJBSWY3DP"}):
        yield f"authenticator {typed}", visitor.bank.post("/authenticator", data=typed)
    yield "not found", visitor.open("/nonesuch")
    yield "not allowed", visitor.bank.put("/")
    yield "foreign", visitor.bank.post("/sign-out", headers={"Origin": "https://elsewhere.example.com"})
    yield "unknown attempt", visitor.open("/callback?code=x&state=nonesuch")
    yield from refused(visitor, lambda: visitor.open("/sign-in"))


def inside(visitor: Visitor) -> Iterator[tuple[str, TestResponse]]:
    """Yield every page that one sees who is signed in."""
    yield "accounts", visitor.open("/")
    yield "account", visitor.open("/account")
    yield "transfer", visitor.open("/transfer")
    yield "transfer of nothing", visitor.transfer("", "x")
    yield "transfer of too much", visitor.transfer("Dora", "999999")
    yield from refused(visitor, visitor.transfer)
    page = visitor.at_provider(visitor.transfer().headers["location"])
    yield "waiting", visitor.open("/")
    visitor.back(visitor.fill(page, "challenge-submit", code=visitor.code()))
    yield "done", visitor.open("/transfer/done")
    yield "accounts with a transfer", visitor.open("/")


def refused(visitor: Visitor, begin: Callable[[], TestResponse]) -> Iterator[tuple[str, TestResponse]]:
    """Yield what is said of each answer that is a no."""
    for error in ERRORS:
        state = asked(begin())["state"][0]
        yield error, visitor.open(f"/callback?error={error}&state={state}&iss={visitor.place.issuer}")


def left_in_english(page: TestResponse) -> set[str]:
    """Return the words in Latin letters that a page says or reads out, names and what machines say aside."""
    document = Document(re.sub(r"<code\b.*?</code>", "", page.text, flags=re.S))
    read_out = [found[name] for _, found in document.elements for name in READ_OUT if name in found]
    return set(LATIN.findall(" ".join([document.text, document.text_of("title"), *read_out]))) - NAMES - TERMS


def test_every_page_speaks_japanese(visitor: Visitor) -> None:
    """Nothing is left untranslated, and each page says which language it is in."""
    accept(visitor, "ja-JP, en;q=0.5")
    seen = list(outside(visitor))
    visitor.sign_in("bob")
    seen += inside(visitor)
    for name, page in seen:
        assert '<html lang="ja" dir="ltr">' in page.text, name
        assert (page.headers["Content-Language"], page.headers["Vary"]) == ("ja", "Accept-Language"), name
        assert left_in_english(page) == set(), name


def test_every_page_speaks_english(visitor: Visitor) -> None:
    """As before, to everybody who asks for it, for nothing, or for what we do not have."""
    seen: list[tuple[str, TestResponse]] = []
    for header in ("en-GB, ja;q=0.5", "", "fr"):
        accept(visitor, header)
        seen += outside(visitor)
    visitor.sign_in("bob")
    seen += inside(visitor)
    for name, page in seen:
        assert '<html lang="en" dir="ltr">' in page.text, name
        assert page.headers["Content-Language"] == "en", name
        assert KANA_OR_KANJI.search(page.text) is None, name


@pytest.mark.parametrize(("header", "tag"), [("ja", "ja"), ("en", "en"), ("fr", "en"), ("", "en")])
def test_bank_asks_the_provider_for_its_language(visitor: Visitor, header: str, tag: str) -> None:
    """At a sign-in as at a step-up, so that nobody changes languages half-way (OIDC Core 1.0 §3.1.2.1)."""
    accept(visitor, header)
    begun = visitor.open("/sign-in")
    assert asked(begun)["ui_locales"] == [tag]
    assert f'<html lang="{tag}"' in visitor.at_provider(begun.headers["location"]).text
    visitor.sign_in("bob")
    begun = visitor.transfer()
    assert asked(begun)["ui_locales"] == [tag]
    assert f'<html lang="{tag}"' in visitor.at_provider(begun.headers["location"]).text


def test_outbox_is_translated_for_people_alone(visitor: Visitor) -> None:
    """A mail comes in the language that was asked for; machines read of it as ever."""
    accept(visitor, "ja")
    visitor.sign_in("alice")
    page = visitor.at_provider(visitor.transfer().headers["location"])
    visitor.fill(page, "send-code")
    shown, told = visitor.open("/outbox"), visitor.open("/outbox.json").json
    assert told is not None
    assert {tuple(message) for message in told} == {("to", "channel", "purpose", "text", "at")}
    assert {message["channel"] for message in told} == {"email"}
    assert all("コード" in message["text"] for message in told)
    assert Document(shown.text).text_of("h2") == " ".join(f"{message['to']} へのメール" for message in told)
