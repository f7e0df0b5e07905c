"""Authenticator apps through the front door: several of one person, named, replaced, each with its own parameters."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pyotp
import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import bind, held, secret_on
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

METHODS = "/account/factors"
MFA = "urn:idp:acr:mfa"
DEMO = Path("policies", "demo.yaml").read_text()
SIX = "totp: {digits: 6, period: 30s, window: 1, algorithm: SHA1}"
EIGHT = "totp: {digits: 8, period: 1m, window: 0, algorithm: SHA256}"


@pytest.fixture
def page(provider: Provider, browser: Browser, bob: Person) -> Page:
    """The page of bob's app, stepped up."""
    bind(provider, bob, email=True)
    path = f"{METHODS}/{held(provider, bob)[0]}"
    return browser.follow(bob.answer(browser, browser.open(path), provider.clock.now()))


def begin_replacing(browser: Browser, page: Page) -> tuple[Page, Person]:
    setting_up = browser.follow(browser.submit(page, button="replace-submit"))
    return setting_up, replace(Person("", "", ""), totp_secret=secret_on(setting_up))


def challenged(provider: Provider, person: Person, bank: RelyingParty) -> tuple[Browser, Page]:
    other = provider.browser()
    page = other.follow(person.identify(other, other.open(bank.attempt(acr_values=MFA).url)))
    assert page.has("code")
    return other, page


def test_app_stays_until_the_one_that_replaces_it_is_proved(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, page: Page
) -> None:
    """F2: shown, mistyped and left, the old app still signs in and the new secret is nowhere."""
    old = held(provider, bob)
    setting_up, new = begin_replacing(browser, page)
    wrong = new.wrong_code(provider.clock.now())
    assert browser.submit(setting_up, {"code": wrong}, button="enrol-submit").status == 422
    assert held(provider, bob) == old
    assert new.totp_secret not in provider.dump()
    provider.advance(30)
    other, asked = challenged(provider, bob, bank)
    assert bob.give_code(other, asked, bob.code(provider.clock.now())).status == 303


def test_app_takes_the_place_of_the_old_one(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, page: Page
) -> None:
    """F2, E3: the first good code of the new app removes the old one; its name stays, its owner is told."""
    old = held(provider, bob)[0]
    browser.submit(page, {"label": "Phone"}, button="rename-submit")
    setting_up, new = begin_replacing(browser, page)
    now = provider.clock.now()
    done = browser.follow(browser.submit(setting_up, {"code": new.code(now)}, button="enrol-submit"))
    done = browser.follow(browser.submit(done, button="enrol-skip"))
    assert done.url.endswith(METHODS)
    assert "Authenticator app: Phone" in done.document.text
    (left,) = held(provider, bob)
    assert left != old
    assert any("replaced" in each.subject for each in messages(provider.database, purpose="notice"))
    provider.advance(30)
    other, asked = challenged(provider, bob, bank)
    with provider.nothing_issued():
        assert bob.give_code(other, asked, bob.code(provider.clock.now())).status == 422
    assert bob.give_code(other, asked, new.code(provider.clock.now())).status == 303


def test_app_of_somebody_else_is_not_replaced(provider: Provider, browser: Browser, bob: Person, page: Page) -> None:
    """ENR: only a method of one's own is replaced; lists and addresses are not replaced at all."""
    theirs = provider.enrol_totp(provider.add_person("erin"))
    _, _, entries = browser.fill(page, {}, button="replace-submit")
    (theirs_id,) = held(provider, theirs)
    assert browser.post(f"{METHODS}/{theirs_id}", entries).status == 404
    assert browser.post(f"{METHODS}/email-{bob.id}", entries).status == 404
    assert held(provider, theirs) == [theirs_id]


def test_apps_have_names_and_the_page_tells_them_apart(provider: Provider, browser: Browser, bob: Person) -> None:
    """F2: several apps of one person, each named as it is set up; a name that was typed survives a wrong code."""
    home = browser.follow(bob.answer(browser, browser.open(METHODS), provider.clock.now()))
    setting_up = browser.follow(browser.submit(home, button="add-totp"))
    setting_up = browser.follow(bob.give_code(browser, setting_up, bob.code(provider.clock.now())))
    new = replace(bob, totp_secret=secret_on(setting_up))
    typed = {"code": new.wrong_code(provider.clock.now()), "label": "  Work \t phone " + "x" * 200}
    refused = browser.submit(setting_up, typed, button="enrol-submit")
    assert "Work" in refused.document.form_with("enrol-submit").control("label").value
    done = browser.submit(
        refused, {"code": new.code(provider.clock.now()), "label": "  Work \t phone "}, button="enrol-submit"
    )
    done = browser.follow(browser.submit(browser.follow(done), button="enrol-skip"))
    assert "Authenticator app: Work phone" in done.document.text
    assert len(held(provider, bob)) == 2


def test_apps_keep_their_parameters_when_the_bundle_changes(
    provider: Provider, bob: Person, bank: RelyingParty, browser: Browser
) -> None:
    """F2: an app of six digits and one of eight digits and a minute sign the same person in, under either bundle."""
    assert SIX in DEMO
    provider.publish(DEMO.replace(SIX, EIGHT))
    home = browser.follow(bob.answer(browser, browser.open(METHODS), provider.clock.now()))
    page = browser.follow(browser.submit(home, button="add-totp"))
    assert "6-digit code" in page.document.text
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert "8-digit code" in page.document.text
    app = pyotp.TOTP(secret_on(page), digits=8, interval=60, digest=hashlib.sha256)
    done = browser.submit(page, {"code": app.at(provider.clock.now())}, button="enrol-submit")
    assert browser.follow(done).has("enrol-skip")
    for source in (DEMO.replace(SIX, EIGHT), DEMO + "\n# again\n"):
        provider.publish(source)
        provider.advance(60)
        for code in (bob.code(provider.clock.now()), app.at(provider.clock.now())):
            other, asked = challenged(provider, bob, bank)
            assert "Code from your app" in asked.document.text
            assert bob.give_code(other, asked, code).status == 303
