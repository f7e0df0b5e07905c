"""Deleting one's account: at once, wholly, and nothing comes back with the name (E11, ENR-25)."""

import pytest

from idp.records.consents import store as consents
from idp.records.consents.model import Consent
from idp.records.users import store as users
from tests.support.afterwards import refresh
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser, Page
from tests.support.enrolment import address
from tests.support.outbox import messages
from tests.support.passkeys import give, use
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

PAGE = "/account/delete"


def opened(provider: Provider, browser: Browser, person: Person) -> Page:
    """Open the page, proving what it asks."""
    return browser.follow(person.answer(browser, browser.open(PAGE), provider.clock.now()))


def delete(browser: Browser, page: Page, username: str) -> Page:
    return browser.submit(page, {"username": username}, button="delete-submit")


def test_enr_25_nothing_is_inherited(provider: Provider, browser: Browser, bob: Person) -> None:
    """ENR-25: cookies, tokens, a passkey and consents are dead; who takes the name has another sub and none of it."""
    party = provider.add_client("reader", grant_types=("authorization_code", "refresh_token"))
    tokens = provider.sign_in(browser, party, bob, scope="openid offline_access")
    elsewhere, device = provider.browser(), Authenticator()
    provider.sign_in(elsewhere, provider.bank, bob)
    with provider.database.transaction() as tx:
        kept = Consent(user_id=bob.id, client_id="reader", scopes=("openid",), granted_at=provider.clock.now())
        consents.save(tx, kept)
    page = opened(provider, browser, bob)
    give(provider, bob, device)
    gone = browser.follow(delete(browser, page, " BOB "))
    assert "is deleted" in gone.document.text
    assert any("was deleted" in each.subject for each in messages(provider.database, to=address(bob)))
    for each in (browser, elsewhere):
        assert each.open("/account/").has("login-submit")
    assert refresh(party, tokens.reply["refresh_token"]).status == 400
    assert party.userinfo(tokens.access_token).status == 401
    stranger = provider.browser()
    assert bob.identify(stranger, stranger.open(party.attempt().url)).status == 422
    del provider.people["bob"]
    again = provider.add_person("bob")
    with provider.nothing_issued():
        assert use(stranger, stranger.open(party.attempt().url), device, key=device.keys[0]).status == 422
    fresh = provider.sign_in(provider.adopt(browser), party, again, scope="openid offline_access")
    assert fresh.claims["sub"] != tokens.claims["sub"]
    assert provider.stored("consents", "user_id") == set()
    assert provider.stored("credentials", "user_id").isdisjoint({bob.id})


def test_deletion_leaves_nothing_that_is_known(provider: Provider, browser: Browser, bob: Person) -> None:
    """A row without a name, so that the id is never given again; no credential, no address."""
    provider.sign_in(browser, provider.bank, bob)
    assert {bob.id} == provider.stored("risk_histories", "user_id") == provider.stored("risk_assessments", "user_id")
    delete(browser, opened(provider, browser, bob), "bob")
    with provider.database.transaction() as tx:
        left = users.get(tx, bob.id)
    assert left is not None
    assert (left.username, left.email, left.display_name, left.disabled_at is not None) == (bob.id, "", "", True)
    assert bob.id not in provider.stored("credentials", "user_id")
    assert bob.id not in provider.stored("known_devices", "user_id")
    assert bob.id not in provider.stored("risk_histories", "user_id")
    assert bob.id not in provider.stored("risk_assessments", "user_id")


@pytest.mark.parametrize("typed", ["", "alice", "bo b"])
def test_deletion_wants_to_be_meant(provider: Provider, browser: Browser, bob: Person, typed: str) -> None:
    """Another name deletes nothing."""
    refused = delete(browser, opened(provider, browser, bob), typed)
    assert (refused.status, refused.has("problem")) == (422, True)
    assert browser.get("/account/").status == 200


def test_deletion_wants_a_fresh_proof(provider: Provider, browser: Browser, bob: Person, bank: RelyingParty) -> None:
    """A session alone deletes nothing, nor does a form of another page."""
    provider.sign_in(browser, bank, bob)
    assert browser.open(PAGE).has("challenge-submit")
    opened(provider, browser, bob)
    assert browser.post(PAGE, {"username": "bob"}).status == 403
    assert browser.get("/account/").status == 200


def test_deletion_of_whoever_looks_after_the_service_waits(provider: Provider, browser: Browser) -> None:
    """A console without anybody is locked for good: the role is given up first."""
    ada = provider.add_person("ada", has_totp=True, roles=("owner",))
    refused = delete(browser, opened(provider, browser, ada), "ada")
    assert (refused.status, "another administrator" in refused.document.text) == (422, True)
