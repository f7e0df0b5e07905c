"""OpenID Connect Core Error Code unmet_authentication_requirements 1.0."""

import json

import pytest

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


def essential(*values: str, member: str = "id_token") -> str:
    return json.dumps({member: {"acr": {"essential": True, "values": list(values)}}})


@pytest.mark.parametrize("member", ["id_token", "userinfo"])
@pytest.mark.parametrize("prompt", [{}, {"prompt": "none"}, {"prompt": "login"}])
def test_2_level_that_nobody_knows_fails_before_any_page(
    provider: Provider, browser: Browser, bank: RelyingParty, member: str, prompt: dict[str, str]
) -> None:
    """§2, Core §5.5.1.1: an essential acr that cannot be met MUST be a failed authentication."""
    attempt = bank.attempt(claims=essential("bogus", member=member), **prompt)
    with provider.nothing_issued():
        page = browser.get(attempt.url)
    assert bank.error(attempt, page) == "unmet_authentication_requirements"


def test_2_level_that_nobody_reaches_ends_without_a_code(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """§2: the reason is shown first, then the client is told."""
    attempt = bank.attempt(claims=essential("phrh"))
    with provider.no_code_issued():
        page = bob.answer(browser, browser.open(attempt.url), provider.clock.now())
        answer = page if page.location else browser.follow(browser.submit(page))
    assert bank.error(attempt, answer) == "unmet_authentication_requirements"


def test_2_level_that_is_reached_is_no_error(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """Core §5.5.1.1: the acr MUST be one of the requested values."""
    attempt = bank.attempt(claims=essential("phrh", "mfa"))
    page = bob.answer(browser, browser.open(attempt.url), provider.clock.now())
    assert bank.tokens(attempt, page).acr == "mfa"
