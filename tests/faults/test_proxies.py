"""Proxies that say nothing, too much, or what a stranger told them: links, cookies and addresses stay right."""

import re

import pytest

from idp.settings import PROXY_MISSING
from tests.support.browser import Browser, Page
from tests.support.provider import MakeProvider, Provider
from tests.support.transport import InProcess

ISSUER = "https://id.example.com"
PROXY = "192.0.2.10"
"""The peer of every connection."""
VISITOR = "198.51.100.7"
STRANGER = "203.0.113.66"

HEADERS = {
    "none": {},
    "plain": {"X-Forwarded-For": VISITOR, "X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.test"},
    "doubled": {
        "X-Forwarded-For": f"{STRANGER}, {VISITOR}",
        "X-Forwarded-Proto": "http, http",
        "X-Forwarded-Host": "evil.test, evil.test",
        "X-Forwarded-Port": "80",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": f"for={STRANGER};proto=http;host=evil.test",
    },
    "host": {"Host": "evil.test"},
}
"""What may come along with a request."""
SEEN = {
    (0, "none"): PROXY,
    (0, "plain"): PROXY,
    (0, "doubled"): PROXY,
    (1, "none"): "",
    (1, "plain"): VISITOR,
    (1, "doubled"): VISITOR,
    (2, "plain"): "",
    (2, "doubled"): STRANGER,
}
"""For how many proxies are believed and what was sent: whose address it is; empty where nobody knows."""


def behind(make_provider: MakeProvider, proxies: int) -> Provider:
    made = make_provider(issuer=ISSUER, proxies=proxies)
    made.transport = InProcess(made.wsgi, address=PROXY)
    return made


def visited(provider: Provider, headers: dict[str, str]) -> tuple[Browser, list[Page]]:
    """Sign in with these headers on every request, and return all that was answered."""
    browser, alice = provider.browser(), provider.people["alice"]
    page = browser.get(provider.bank.attempt().url, headers=headers)
    page = browser.get(page.location, headers=headers)
    _, url, entries = browser.fill(page, {"username": "alice", "password": alice.password}, button="login-submit")
    browser.post(url, entries, headers=headers)
    browser.get("/.well-known/openid-configuration", headers=headers)
    return browser, browser.record


@pytest.mark.parametrize("sent", HEADERS.values(), ids=HEADERS.keys())
@pytest.mark.parametrize("proxies", [0, 1])
def test_flt_50_links_and_cookies_follow_the_issuer(
    make_provider: MakeProvider, proxies: int, sent: dict[str, str]
) -> None:
    """FLT-50: whatever proxies say, every address is the issuer's and every cookie is secure and host-only."""
    provider = behind(make_provider, proxies)
    _, pages = visited(provider, sent)
    assert pages[-2].location.startswith(provider.bank.redirect_uri)
    for page in pages:
        assert "evil" not in page.text + page.location
        assert not re.search(r'(?:href|src|action)="http:|http://id\.', page.text)
        assert page.location.startswith((ISSUER, provider.bank.redirect_uri)) or not page.location
        for cookie in page.set_cookies:
            assert cookie.startswith("__Host-")
            assert "; secure" in cookie.lower()
    assert pages[-1].json()["issuer"] == ISSUER


@pytest.mark.parametrize(("believed", "sent"), SEEN, ids=[f"{sent}, {believed} believed" for believed, sent in SEEN])
def test_flt_50_no_hop_of_a_stranger_is_believed(make_provider: MakeProvider, believed: int, sent: str) -> None:
    """FLT-50: an address is what the believed proxies wrote, counted from the end, and nothing a visitor wrote."""
    provider = behind(make_provider, believed)
    visited(provider, HEADERS[sent])
    assert provider.stored("sessions", "address") == {SEEN[believed, sent]}


def test_flt_50_start_tells_of_a_proxy_that_is_not_believed(make_provider: MakeProvider) -> None:
    """FLT-50: an https issuer without a believed proxy is told at the start; others are not."""
    assert behind(make_provider, 0).settings.is_proxy_missing
    assert not behind(make_provider, 1).settings.is_proxy_missing
    assert not make_provider().settings.is_proxy_missing
    assert "proxies" in PROXY_MISSING
