"""Review: tabs, second clicks and people who share a browser."""

from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"


def test_a_second_click_takes_no_newer_session_away(provider: Provider, bob: Person) -> None:
    """The answer given again brings no cookie of a secret that a step-up has replaced since (SES-01)."""
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    bob.identify(browser, page)
    provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    again = browser.get(page.url)
    assert again.location.startswith(provider.bank.redirect_uri)
    attempt = provider.bank.attempt(prompt="none")
    assert provider.bank.code(attempt, browser.get(attempt.url))


def test_a_second_click_signs_nobody_out(provider: Provider, alice: Person, bob: Person) -> None:
    """Whoever signed in here after somebody else stays signed in when the other one's page is loaded again."""
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    alice.identify(browser, page)
    attempt = provider.bank.attempt(prompt="login")
    bob.identify(browser, browser.follow(browser.submit(browser.open(attempt.url), {}, button="not-you")))
    browser.get(page.url)
    attempt = provider.bank.attempt(prompt="none")
    code = provider.bank.code(attempt, browser.get(attempt.url))
    assert provider.bank.redeem(attempt, code).status == 200
