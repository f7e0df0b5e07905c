"""A password that is changed while somebody signs in by the old one: after the commit nothing made from it lives."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from idp.factors.password import Password
from idp.records.users.credentials import store as credentials
from tests.support.afterwards import OFFLINE, is_signed_in, may_refresh, refresh
from tests.support.browser import Browser, Page
from tests.support.builders import CHEAP
from tests.support.enrolment import held
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
NEW = "violet umbrellas forget nothing"
SLOW = Password(memory_kib=65_536, passes=8)
"""So slow that a password can be changed while this hash is compared."""


def change(provider: Provider, browser: Browser, person: Person, **fields: str) -> Page:
    """Change the password at the page for it."""
    page = browser.follow(person.answer(browser, browser.open("/account/password"), provider.clock.now()))
    return browser.submit(page, {"new_password": NEW, **fields}, button="password-submit")


def hash_slowly(provider: Provider, person: Person) -> str:
    """Keep the same password under a hash that takes long to compare; return its credential's id."""
    (password_id,) = held(provider, person, "password")
    with provider.database.transaction() as tx:
        assert credentials.replace_material(tx, password_id, SLOW.enrol(person.password).material)
    return password_id


def test_flt_31_sign_in_that_was_being_compared(provider: Provider, browser: Browser, alice: Person) -> None:
    """FLT-31: what was right when it was sent is refused once it has been replaced, and does not come back."""
    page, password_id = browser.open(provider.bank.attempt(scope=OFFLINE).url), hash_slowly(provider, alice)
    with provider.nothing_issued(), ThreadPoolExecutor() as pool:
        late = pool.submit(alice.identify, browser, page)
        while not provider.failures("password", alice):
            assert not late.done(), "it was refused before it was compared"
            time.sleep(0.002)
        with provider.database.transaction() as tx:
            assert credentials.replace_material(tx, password_id, CHEAP.enrol(NEW).material)
            assert not late.done(), "it was compared too quickly to be overtaken"
        assert late.result().status == 422
    fresh = provider.browser()
    assert alice.identify(fresh, fresh.open(provider.bank.attempt().url)).status == 422, "the old password is back"
    assert provider.sign_in(fresh, provider.bank, replace(alice, password=NEW)).amr == {"pwd"}


def test_flt_31_sign_in_that_was_half_done(provider: Provider, browser: Browser, bob: Person) -> None:
    """FLT-31: whoever gave the old password and waits at the second step gives the new one first."""
    provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    other, attempt = provider.browser(), provider.bank.attempt(acr_values=MFA)
    waiting = other.follow(bob.identify(other, other.open(attempt.url)))
    provider.advance(30)
    assert change(provider, browser, bob, end_others="").status == 303
    with provider.nothing_issued():
        after = other.follow(bob.give_code(other, waiting, bob.code(provider.clock.now())))
        assert not after.location
        assert not other.open(attempt.url).has("code"), "the old password still leads to the second step"


def test_flt_31_tokens_of_the_old_password(provider: Provider, browser: Browser, alice: Person) -> None:
    """FLT-31: a refresh that comes while everybody else is signed out gives nothing that outlives it."""
    may_refresh(provider, "bank")
    other = provider.browser()
    token = str(provider.sign_in(other, provider.bank, alice, scope=OFFLINE).reply["refresh_token"])
    token = refresh(provider.bank, token).json()["refresh_token"]
    assert change(provider, browser, alice).status == 303
    assert refresh(provider.bank, token).json()["error"] == "invalid_grant"
    assert not is_signed_in(provider, other)
