"""Passkeys through the front door: made, used as second and as first factor; scripts are played by the tests."""

import pytest

from tests.support.authenticator import EDDSA, ES256, RS256, Authenticator
from tests.support.browser import Browser
from tests.support.passkeys import give, make, use
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

ONE, MFA, PHR = "urn:idp:acr:1fa", "urn:idp:acr:mfa", "phr"


@pytest.fixture
def device() -> Authenticator:
    """A device that verifies its owner, keeps its keys to itself and counts."""
    return Authenticator()


@pytest.mark.parametrize("alg", [ES256, EDDSA, RS256])
def test_bob_sets_one_up_and_signs_in_with_it(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, alg: int
) -> None:
    """On the account page, after his code; then alone, without a name or a password."""
    device = Authenticator(alg=alg)
    provider.sign_in(browser, bank, bob)
    page = browser.follow(browser.submit(browser.open("/account/factors"), button="add-passkey"))
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    page = browser.follow(make(browser, page, device))
    while page.has("enrol-skip"):
        page = browser.follow(browser.submit(page, button="enrol-skip"))
    assert "Passkey" in page.document.text
    fresh, attempt = provider.browser(), bank.attempt(acr_values=PHR)
    tokens = bank.tokens(attempt, use(fresh, fresh.open(attempt.url), device))
    assert (tokens.acr, tokens.amr) == (PHR, {"pop", "user", "mfa"})


def test_second_factor_for_a_transfer(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty, device: Authenticator
) -> None:
    """alice signed in with her password; the transfer asks for her passkey alone."""
    give(provider, alice, device)
    provider.sign_in(browser, bank, alice)
    attempt = bank.attempt(acr_values=MFA)
    page = browser.open(attempt.url)
    assert page.has("challenge-submit")
    assert not page.has("password")
    tokens = bank.tokens(attempt, use(browser, page, device))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "pop", "user", "mfa"})
