"""RFC 9470, OAuth 2.0 Step Up Authentication Challenge Protocol: the authorization server's part."""

import pytest

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

MFA = "urn:idp:acr:mfa"


def test_5_level_asked_for_is_in_the_token(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """§5: the server attempts one of acr_values and reports what was achieved."""
    tokens = provider.sign_in(browser, bank, bob, acr_values=MFA)
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "otp", "mfa"})


def test_5_level_that_cannot_be_met_gives_no_token(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """§5: unmet requirements SHOULD be an error, unmet_authentication_requirements."""
    attempt = bank.attempt(acr_values=MFA)
    with provider.no_code_issued():
        page = alice.answer(browser, browser.open(attempt.url), provider.clock.now())
        answer = page if page.location else browser.follow(browser.submit(page))
    assert bank.error(attempt, answer) == "unmet_authentication_requirements"


@pytest.mark.parametrize(("age", "is_asked"), [(30, False), (90, True)])
def test_5_max_age_asks_again(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty, age: int, is_asked: bool
) -> None:
    """§4, §5: max_age bounds the time since the person was active; auth_time says when that was."""
    first = provider.sign_in(browser, bank, alice)
    provider.advance(age)
    attempt = bank.attempt(max_age="60")
    page = browser.open(attempt.url)
    if is_asked:
        page = alice.give_password(browser, page)
    assert bank.tokens(attempt, page).auth_time == first.auth_time + (age if is_asked else 0)


def test_7_levels_are_announced(bank: RelyingParty) -> None:
    """§7: acr_values_supported in the metadata."""
    assert MFA in bank.get("/.well-known/oauth-authorization-server").json()["acr_values_supported"]
