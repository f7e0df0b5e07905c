"""The account at a glance: profile, activity with reasons, applications, and all of it as a file (E10)."""

import json

import pytest

from idp.records.users import store as users
from tests.support.afterwards import refresh
from tests.support.browser import Browser, Page
from tests.support.enrolment import bind, held
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

HOME, PROFILE, ACTIVITY = "/account/", "/account/profile", "/account/activity"
APPLICATIONS, EXPORT = "/account/applications", "/account/export"
MFA = "urn:idp:acr:mfa"


def opened(provider: Provider, browser: Browser, person: Person, path: str = HOME) -> Page:
    """Open a page, proving what it asks."""
    return browser.follow(person.answer(browser, browser.open(path), provider.clock.now()))


def test_overview_shows_who_and_what(provider: Provider, browser: Browser, bob: Person, bank: RelyingParty) -> None:
    """Methods, places, applications and what happened last; every page is one click away."""
    provider.sign_in(browser, bank, bob, acr_values=MFA)
    page = opened(provider, browser, bob)
    text = page.document.text
    assert ("2 methods" in text, "1 place" in text, "1 application" in text) == (True, True, True)
    assert "You signed in" in text
    for path in (ACTIVITY, APPLICATIONS, PROFILE, "/account/factors", "/account/sessions", "/account/password"):
        assert f'href="{path}"' in page.text


def test_every_method_leads_to_where_it_is_changed(provider: Provider, browser: Browser, bob: Person) -> None:
    """The password and the mailbox to pages of their own, the app to its own; the rail says where one is."""
    bind(provider, bob, email=True)
    page = browser.follow(bob.answer(browser, browser.open("/account/factors"), provider.clock.now()))
    links = {page.document.link(each) for each in page.document.ids if each.startswith("change-")}
    (app,) = held(provider, bob)
    assert links == {"/account/password", "/account/email", f"/account/factors/{app}"}
    page = bob.answer(browser, browser.open(f"/account/factors/{app}"), provider.clock.now())
    page = browser.open(f"/account/factors/{app}")
    (here,) = [each for tag, each in page.document.elements if tag == "a" and each.get("aria-current") == "page"]
    assert here["href"] == "/account/factors"


def test_sessions_say_since_when_and_when_last(provider: Provider, browser: Browser, bob: Person) -> None:
    """To the minute, in UTC: one recognises what one did."""
    began = provider.clock.now()
    bob.answer(browser, browser.open("/account/"), began)
    provider.advance(90)
    provider.code(browser, provider.bank)
    shown = browser.open("/account/sessions").document.text
    assert f"Since {began:%Y-%m-%d %H:%M} UTC" in shown
    assert f"Last used {provider.clock.now():%Y-%m-%d %H:%M} UTC" in shown


@pytest.mark.parametrize("path", [HOME, PROFILE, ACTIVITY, APPLICATIONS, EXPORT])
def test_account_pages_are_for_whoever_is_signed_in(browser: Browser, path: str) -> None:
    """A stranger is asked who they are, and sees nothing."""
    assert browser.open(path).has("login-submit")


def test_activity_says_what_and_why(provider: Provider, browser: Browser, bob: Person, bank: RelyingParty) -> None:
    """U2: a failed attempt, a sign-in and a step-up, with the application, the address and the reason."""
    page = browser.open(bank.attempt().url)
    page = bob.identify(browser, page, password="not it at all")
    bob.identify(browser, page)
    provider.advance(30)
    provider.sign_in(browser, bank, bob, acr_values=MFA)
    text = browser.get(ACTIVITY).document.text
    assert "An attempt failed: Password" in text
    assert "You proved once more" in text
    assert "More was asked because the application wanted to be sure" in text
    assert "Bank" in text


def test_activity_shows_nobody_elses(provider: Provider, browser: Browser, alice: Person, bob: Person) -> None:
    """What bob does is not in alice's list."""
    provider.sign_in(provider.browser(), provider.parties["shop"], bob)
    opened(provider, browser, alice)
    assert "Shop" not in browser.get(ACTIVITY).document.text


def test_application_is_disconnected(
    provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty
) -> None:
    """Consent and grants end: tokens and refresh families are void, and the next sign-in asks again."""
    party = provider.add_client(
        "reader", first_party=False, grant_types=("authorization_code", "refresh_token"), client_name="Reader"
    )
    attempt = party.attempt(scope="openid profile offline_access", prompt="consent")
    page = browser.follow(alice.answer(browser, browser.open(attempt.url), provider.clock.now()))
    tokens = party.tokens(attempt, browser.submit(page, button="consent-allow"))
    page = browser.get(APPLICATIONS)
    assert "Reader" in page.document.text
    gone = browser.follow(browser.submit(page, button="disconnect-reader"))
    assert "Reader" not in gone.document.text
    assert refresh(party, tokens.reply["refresh_token"]).status == 400
    assert party.userinfo(tokens.access_token).status == 401
    assert browser.open(party.attempt(scope="openid profile").url).has("consent-allow")


def test_application_of_somebody_else_stays(
    provider: Provider, browser: Browser, alice: Person, bob: Person, bank: RelyingParty
) -> None:
    """One disconnects one's own alone; a name that is none changes nothing."""
    theirs = provider.sign_in(provider.browser(), bank, bob)
    provider.sign_in(browser, provider.parties["shop"], alice)
    page = browser.get(APPLICATIONS)
    _, url, entries = browser.fill(page, {}, button="disconnect-shop")
    token = dict(entries)["csrf_token"]
    for name in ("bank", "nothing", ""):
        assert browser.post(url, {"csrf_token": token, "application": name}).status == 303
    assert bank.userinfo(theirs.access_token).status == 200
    assert browser.post(url, {"application": "shop"}).status == 403


def test_profile_is_changed(provider: Provider, browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """Names are saved and told to applications; what is not a name of hers is not taken (ENR-06)."""
    page = opened(provider, browser, alice, PROFILE)
    typed = {"display_name": " Alice A. ", "given_name": "Alice", "family_name": "Aalto"}
    saved = browser.follow(browser.submit(page, typed, button="profile-submit"))
    assert saved.has("done")
    _, url, entries = browser.fill(saved, {}, button="profile-submit")
    forged = {**dict(entries), "groups": '["staff"]', "roles": '["owner"]', "email_verified": "1", "id": "x"}
    assert browser.post(url, forged).status == 303
    with provider.database.transaction() as tx:
        user = users.get(tx, alice.id)
    assert user is not None
    assert (user.display_name, user.groups, user.roles) == ("Alice A.", (), ())
    assert dict(user.claims) == {"given_name": '"Alice"', "family_name": '"Aalto"'}


@pytest.mark.parametrize("name", ["x" * 101, "tab\tbed", "new\nline"])
def test_profile_refuses_what_is_no_name(provider: Provider, browser: Browser, alice: Person, name: str) -> None:
    """Refused beside what was typed; nothing is saved."""
    page = opened(provider, browser, alice, PROFILE)
    refused = browser.submit(page, {"given_name": name}, button="profile-submit")
    assert (refused.status, refused.has("problem")) == (422, True)
    assert browser.get(PROFILE).document.form_with("given_name").control("given_name").value == ""


def test_export_holds_everything_and_no_secret(provider: Provider, browser: Browser, bob: Person) -> None:
    """One file, after a fresh proof; no hash, no seed, and nobody else in it."""
    bind(provider, bob, email=True)
    answer = opened(provider, browser, bob, EXPORT)
    assert "attachment" in answer.header("content-disposition")
    document = json.loads(answer.text)
    assert document["profile"]["username"] == "bob"
    assert {each["factor"] for each in document["methods"]} == {"password", "totp", "email"}
    assert document["sessions"]
    assert document["activity"]
    for secret in (bob.totp_secret, "$argon2", "secret_hash", "material", "alice"):
        assert secret not in answer.text


def test_export_wants_a_fresh_proof(provider: Provider, browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """A session alone gives nothing away after ten minutes."""
    provider.sign_in(browser, bank, alice)
    provider.advance(601)
    assert browser.open(EXPORT).has("password")
