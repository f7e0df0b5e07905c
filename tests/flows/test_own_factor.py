"""A factor that is not shipped, from its registration to the tokens: nothing else changes for it (F10)."""

from dataclasses import replace
from pathlib import Path

import pytest

from idp.core.assurance import FactorTraits, Kind
from tests.support.badge import BADGE
from tests.support.browser import Browser
from tests.support.enrolment import bind, held
from tests.support.person import Person
from tests.support.provider import Provider

METHODS = "/account/factors"
MFA = "urn:idp:acr:mfa"
DEMO = Path("policies", "demo.yaml").read_text()
ORDER = "order: [passkey, password, totp, "
BADGED = DEMO.replace(ORDER, f"{ORDER}badge, ").replace("  totp: {", "  badge: {digits: 9}\n  totp: {", 1)


@pytest.fixture
def own(provider: Provider) -> Provider:
    """A provider that has a factor of its own, turned on by its bundle."""
    assert BADGED != DEMO
    other = provider.restarted(own=(BADGE,))
    other.publish(BADGED)
    return other


def set_up(own: Provider, browser: Browser, bob: Person) -> str:
    """Set up a badge in the account, and return its number."""
    page = browser.follow(bob.answer(browser, browser.open(METHODS), own.clock.now()))
    assert "Staff badge" in page.document.text
    page = browser.follow(browser.submit(page, button="add-badge"))
    page = browser.follow(bob.give_code(browser, page, bob.code(own.clock.now())))
    number = page.document.text_of("code")
    assert browser.submit(page, {"code": "0" * 9}, button="enrol-submit").status == 422
    done = browser.follow(browser.submit(page, {"code": number}, button="enrol-submit"))
    browser.submit(done, button="enrol-skip")
    assert len(held(own, bob, "badge")) == 1
    return number


def test_own_factor_is_set_up_asked_for_and_in_the_tokens(own: Provider, bob: Person) -> None:
    """Set up by its owner with the bundle's settings, offered as another way, counted by the budget, worth its kind."""
    number = set_up(own, own.browser(), bob)
    assert len(number) == 9
    browser, attempt = own.browser(), own.bank.attempt(acr_values=MFA)
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    page = browser.follow(browser.submit(page, button="choose-badge"))
    assert "Staff badge" in page.document.text
    with own.nothing_issued():
        assert bob.give_code(browser, page, "1" * 9).status == 422
    assert own.failures("second", bob) == 1
    tokens = own.bank.tokens(attempt, bob.give_code(browser, page, number))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "sc", "mfa"})


def test_own_factor_is_called_as_people_call_it(own: Provider, bob: Person) -> None:
    """In the language of the page."""
    set_up(own, own.browser(), bob)
    browser, attempt = own.browser(), own.bank.attempt(acr_values=MFA, ui_locales="ja")
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    assert "社員証" in page.document.text


def test_own_factor_that_is_off_counts_no_more(own: Provider, provider: Provider, bob: Person) -> None:
    """A process without its package keeps the last good bundle; a badge that no bundle names opens nothing."""
    set_up(own, own.browser(), bob)
    for source in (BADGED, DEMO + "\n# without\n"):
        provider.publish(source)
        browser = provider.browser()
        page = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
        assert page.has("code")
        assert not page.has("choose-badge")


def test_own_factor_of_the_same_kind_is_no_second_one(provider: Provider, bob: Person) -> None:
    """Policy, not the package, says what suffices: something known beside a password is no multi-factor."""
    known = replace(BADGE, traits=FactorTraits("badge", frozenset({Kind.KNOW}), "badge", ()))
    own = provider.restarted(own=(known,))
    own.publish(BADGED)
    alice = own.add_person("alice")
    bind(own, alice, email=True)
    browser = own.browser()
    page = browser.open(own.bank.attempt(acr_values=MFA).url)
    page = browser.follow(alice.identify(browser, page))
    assert not page.has("choose-badge")
    assert "Staff badge" not in page.document.text
