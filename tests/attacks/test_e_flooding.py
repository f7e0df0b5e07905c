"""Whoever asks for nothing but pages fills no table and holds nobody up: table E, and what it has of FLT-40."""

from time import process_time
from urllib.parse import urlencode

import pytest

from tests.support.browser import FORM, Browser, Page
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

MOST = 6
ACCENTS = "\u0345" * 10_000 + "\u0300" * 10_000 + "\u0316" * 10_000
"""Fits into a form; to put them in order takes 450 million steps, in which no other thread of the process runs."""
QUICKLY = 0.5
"""Seconds of a processor; the accents took two."""


@pytest.fixture
def provider(make_provider: MakeProvider) -> Provider:
    """One that lets an address begin few sign-ins in a minute; its forms are counted with nobody else's."""
    return make_provider(IDP_PACE=str(MOST), IDP_REDIS_URL="")


@pytest.mark.parametrize("page", ["an application", "/account/", "/admin/"])
def test_flt_40_an_address_begins_so_many_sign_ins_a_minute(provider: Provider, page: str) -> None:
    """FLT-40: beyond them 429, a time to wait, and no row, in whatever browser; a minute later there are more."""
    url = provider.bank.attempt().url if page == "an application" else page
    for _ in range(MOST):
        assert provider.browser().get(url).status == 303
    with provider.unchanged("interactions"):
        for _ in range(3):
            refused = provider.browser().get(url)
            assert refused.status == 429
            assert 0 < int(refused.header("retry-after")) <= 60
            assert refused.header("set-cookie") == ""
    provider.advance(60)
    assert provider.browser().get(url).status == 303


def test_flt_40_who_is_signed_in_already_is_answered(provider: Provider, browser: Browser, bob: Person) -> None:
    """FLT-40: single sign-on and `prompt=none` write no interaction, so a flood from next door stops neither."""
    provider.sign_in(browser, provider.bank, bob)
    for _ in range(2 * MOST):
        provider.browser().get(provider.bank.attempt().url)
    with provider.unchanged("interactions"):
        attempt = provider.bank.attempt()
        assert provider.bank.tokens(attempt, browser.get(attempt.url)).access_token
        silent = provider.browser().get(provider.bank.attempt(prompt="none").url)
        assert "error=login_required" in silent.location


def post(browser: Browser, url: str, fields: list[tuple[str, str]], accented: str) -> Page:
    """Post a form with accents in one of its fields, unescaped, as they would not fit otherwise; it takes no time."""
    others = urlencode([(name, value) for name, value in fields if name != accented])
    body = f"{others}&{accented}={ACCENTS}".encode()
    begun = process_time()
    page = browser.post(url, [], body=body, headers={"Content-Type": FORM})
    assert process_time() - begun < QUICKLY
    return page


@pytest.mark.parametrize("field", ["username", "password"])
def test_flt_40_accents_without_end_at_sign_in(provider: Provider, browser: Browser, alice: Person, field: str) -> None:
    """FLT-40: a name or a password of them is wrong, as quickly as any other, and locks nobody but its own name."""
    typed = {"username": alice.username, "password": alice.password}
    _, url, entries = browser.fill(browser.open(provider.bank.attempt().url), typed, button="login-submit")
    with provider.nothing_issued():
        assert post(browser, url, entries, field).status == 422
    assert provider.failures("password", alice) == int(field == "password")


@pytest.mark.parametrize("path", ["/recover", "/account/sign-up"])
def test_flt_40_accents_without_end_from_nobody(make_provider: MakeProvider, path: str) -> None:
    """FLT-40: where anybody may type a name or an address."""
    provider = make_provider(IDP_SIGN_UP="open")
    with provider.unchanged("outbox"):
        assert post(provider.browser(), path, [], "username" if path == "/recover" else "email").status in {303, 422}


@pytest.mark.parametrize(("path", "field"), [("/account/password", "new_password"), ("/account/delete", "username")])
def test_flt_40_accents_without_end_in_the_account(
    provider: Provider, browser: Browser, alice: Person, path: str, field: str
) -> None:
    """FLT-40: a new password of them is too long, and nobody is called so."""
    page = browser.follow(alice.answer(browser, browser.open(path), provider.clock.now()))
    _, url, entries = browser.fill(page, {}, button=f"{path.rpartition('/')[2]}-submit")
    assert post(browser, url, entries, field).status == 422
    assert provider.sign_in(provider.browser(), provider.bank, alice).amr == {"pwd"}


def test_flt_40_language_without_end(provider: Provider, browser: Browser) -> None:
    """FLT-40: a tag of ten thousand parts is none, and is not looked up part by part."""
    page = browser.open(provider.bank.attempt().url)
    begun = process_time()
    shown = browser.get(page.url, headers={"Accept-Language": "ja-" * 10_000})
    assert process_time() - begun < QUICKLY / 2
    assert shown.header("content-language") == "en"
