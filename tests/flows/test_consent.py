"""Consent: first-party clients are not asked, others once and remembered."""

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

SCOPE = "openid email"


def test_consent_is_asked_of_a_third_party(
    provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty
) -> None:
    """The page names the client and what it wants; nothing is issued before the answer."""
    attempt = third_party.attempt(scope=SCOPE)
    with provider.no_code_issued():
        page = browser.follow(alice.identify(browser, browser.open(attempt.url)))
    assert page.has("consent-allow")
    assert page.has("consent-deny")
    assert "Third party" in page.document.text
    assert third_party.tokens(attempt, browser.submit(page, button="consent-allow")).claims["sub"]


def test_consent_is_remembered(provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty) -> None:
    """Once allowed, the next request is one redirect; prompt=none too."""
    attempt = third_party.attempt(scope=SCOPE)
    page = browser.follow(alice.identify(browser, browser.open(attempt.url)))
    third_party.tokens(attempt, browser.submit(page, button="consent-allow"))
    for prompt in ({}, {"prompt": "none"}):
        again = third_party.attempt(scope=SCOPE, **prompt)
        third_party.tokens(again, browser.get(again.url))


def test_consent_is_asked_again_for_more(
    provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty
) -> None:
    """A scope that was never allowed is asked for."""
    attempt = third_party.attempt(scope=SCOPE)
    page = browser.follow(alice.identify(browser, browser.open(attempt.url)))
    third_party.tokens(attempt, browser.submit(page, button="consent-allow"))
    assert browser.open(third_party.attempt(scope="openid email phone").url).has("consent-allow")
    assert browser.open(third_party.attempt(scope=SCOPE, prompt="consent").url).has("consent-allow")


def test_consent_denied_is_access_denied(
    provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty
) -> None:
    """A no is told to the client, nothing is issued and nothing remembered."""
    attempt = third_party.attempt(scope=SCOPE)
    page = browser.follow(alice.identify(browser, browser.open(attempt.url)))
    with provider.no_code_issued():
        answer = browser.follow(browser.submit(page, button="consent-deny"))
    answer = answer if answer.location else browser.follow(browser.submit(answer))
    assert third_party.error(attempt, answer) == "access_denied"
    again = browser.open(third_party.attempt(scope=SCOPE).url)
    again = alice.identify(browser, again) if again.has("password") else again
    assert browser.follow(again).has("consent-allow")


def test_consent_is_not_asked_of_our_own(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """A first-party client is not asked about."""
    attempt = bank.attempt(scope=SCOPE)
    bank.tokens(attempt, alice.identify(browser, browser.open(attempt.url)))


def test_consent_cannot_be_given_before_signing_in(
    provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty
) -> None:
    """The stored state chooses the step, never the form: an early yes is nothing (ACR-12)."""
    attempt = third_party.attempt(scope=SCOPE)
    page = browser.open(attempt.url)
    _, url, entries = browser.fill(page, {}, button="login-submit")
    token = {name: value for name, value in entries if name not in {"username", "password"}}
    with provider.nothing_issued():
        for field in ("consent", "consent-allow", "allow", "action", "decision", "choice"):
            answer = browser.post(url, {**token, field: "allow"})
            assert answer.status < 500
            assert not answer.location.startswith(third_party.redirect_uri)
    assert browser.get(page.url).has("password")
