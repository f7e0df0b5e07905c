"""What somebody or something had that is gone is nobody else's, though it has the same name: ENR-25."""

from dataclasses import dataclass

import pytest

from idp.records.clients import store as clients
from tests.support.admin_api import robot
from tests.support.afterwards import introspect, refresh
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import Attempt, RelyingParty, Tokens

ID = "stall"
GRANTS = ("authorization_code", "refresh_token")
WIDE = "openid profile offline_access"


@dataclass(frozen=True)
class Given:
    """What bob has given an application: tokens, and a code that it has not redeemed."""

    tokens: Tokens
    attempt: Attempt
    code: str


def registered(provider: Provider) -> RelyingParty:
    """Return an application of somebody else's, new under this id, of which people are asked."""
    provider.parties.pop(ID, None)
    made = {"created_at": provider.clock.now(), "scope": tuple(WIDE.split()), "first_party": False}
    return provider.add_client(ID, grant_types=GRANTS, **made)


@pytest.fixture
def given(provider: Provider, browser: Browser, bob: Person) -> Given:
    """Bob lets an application in, with everything it asks for; then it is removed, and another has its id."""
    shop = registered(provider)
    attempt = shop.attempt(scope=WIDE, prompt="consent")
    page = bob.answer(browser, browser.open(attempt.url), provider.clock.now())
    tokens = shop.tokens(attempt, browser.submit(page, button="consent-allow"))
    attempt = shop.attempt(scope="openid profile")
    found = Given(tokens, attempt, shop.code(attempt, browser.get(attempt.url)))
    with provider.database.transaction() as tx:
        assert clients.remove(tx, ID)
    provider.advance(1)
    return found


def test_enr_25_nothing_granted_passes_to_an_application_of_the_same_id(provider: Provider, given: Given) -> None:
    """ENR-25: tokens, refresh token and code of the one that is gone are worth nothing to whoever has its id now."""
    successor = registered(provider)
    with provider.no_token_issued():
        for answer in (
            refresh(successor, given.tokens.reply["refresh_token"]),
            successor.redeem(given.attempt, given.code),
        ):
            assert (answer.status, answer.json()["error"]) == (400, "invalid_grant")
    for token in (given.tokens.access_token, given.tokens.reply["refresh_token"]):
        assert introspect(successor, token).json() == {"active": False}
    assert successor.userinfo(given.tokens.access_token).status == 401


@pytest.mark.usefixtures("given")
def test_enr_25_people_are_asked_again(provider: Provider, browser: Browser) -> None:
    """ENR-25: what they allowed the one that is gone, its successor has to ask for, all of it."""
    successor = registered(provider)
    with provider.no_code_issued():
        page = browser.open(successor.attempt(scope="openid profile").url)
        assert page.document.ids >= {"consent-allow", "consent-deny"}
        attempt = successor.attempt(scope="openid profile", prompt="none")
        assert successor.error(attempt, browser.get(attempt.url)) == "consent_required"
    attempt = successor.attempt(scope="openid profile")
    page = browser.submit(browser.open(attempt.url), button="consent-allow")
    assert successor.tokens(attempt, page).access_token
    with provider.no_code_issued():
        assert browser.open(successor.attempt(scope=WIDE).url).has("consent-allow")


def test_enr_25_tokens_of_a_clients_own_end_with_it(provider: Provider) -> None:
    """ENR-25: whoever has the id of a robot that was removed answers for none of its tokens, here or elsewhere."""
    since = provider.clock.now()
    before = robot(provider, created_at=since)
    assert before.call("GET", "/people").status == 200
    with provider.database.transaction() as tx:
        assert clients.remove(tx, "robot")
    provider.advance(1)
    provider.parties.pop("robot")
    after = robot(provider, created_at=provider.clock.now())
    assert before.call("GET", "/people").status == 401
    assert introspect(provider.parties["robot"], before.token).json() == {"active": False}
    assert after.call("GET", "/people").status == 200
