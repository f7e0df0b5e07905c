"""The recovery code through the front door: used once, replaced at once, and never lost unseen (F8)."""

from pathlib import Path

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import bind, held
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import Attempt

METHODS = "/account/factors"
MFA = "urn:idp:acr:mfa"
DEMO = Path("policies", "demo.yaml").read_text()


@pytest.fixture
def code(provider: Provider, browser: Browser, bob: Person) -> str:
    """bob's recovery code, made in his account under a bundle that names it instead of backup codes."""
    bind(provider, bob, email=True)
    provider.publish(DEMO.replace("email, backup_code]", "email, recovery_code]"))
    home = browser.follow(bob.answer(browser, browser.open(METHODS), provider.clock.now()))
    page = browser.follow(browser.submit(home, button="add-recovery_code"))
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    shown = page.document.text_of("code")
    assert shown not in provider.dump()
    done = browser.follow(browser.submit(page, button="enrol-submit"))
    assert done.url.endswith(METHODS)
    assert "codes left" not in done.document.text
    return shown


def used(provider: Provider, bob: Person, code: str) -> tuple[Browser, Attempt, Page]:
    """Sign in with the password and a recovery code, and stop at what follows."""
    browser, attempt = provider.browser(), provider.bank.attempt(acr_values=MFA)
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    page = browser.follow(browser.submit(page, button="choose-recovery_code"))
    return browser, attempt, browser.follow(bob.give_code(browser, page, code))


def test_recovery_code_is_replaced_as_it_is_used(provider: Provider, bob: Person, code: str) -> None:
    """The new one is shown before anything is issued; once it is acknowledged the sign-in goes on, at mfa."""
    with provider.nothing_issued():
        browser, attempt, page = used(provider, bob, code)
        new = page.document.text_of("code")
        assert (page.status, page.has("recovery-code"), page.has("enrol-skip")) == (200, True, False)
        assert browser.get(page.url).document.text_of("code") == new
        assert new not in provider.dump()
    tokens = provider.bank.tokens(attempt, browser.submit(page, button="enrol-submit"))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "otp", "mfa"})
    assert new != code
    letters = messages(provider.database, to="bob@example.com", purpose="notice")
    (letter,) = [each for each in letters if "recovery code was used" in each.subject]
    assert new not in letter.text
    assert used(provider, bob, code)[2].status == 422
    other, second, page = used(provider, bob, new)
    assert provider.bank.tokens(second, other.submit(page, button="enrol-submit")).acr == MFA


def test_recovery_code_that_was_not_acknowledged_works_all_the_same(provider: Provider, bob: Person, code: str) -> None:
    """Whoever closes the page after writing it down is not locked out; the one before is spent."""
    new = used(provider, bob, code)[2].document.text_of("code")
    assert used(provider, bob, code)[2].status == 422
    assert used(provider, bob, new)[2].has("recovery-code")


@pytest.mark.parametrize("choice", ["skip", "back", "send", "choose:recovery_code", "choose:totp", "allow", ""])
def test_recovery_code_is_not_passed_over(provider: Provider, bob: Person, code: str, choice: str) -> None:
    """ACR-14: nothing but the acknowledgement leads on, and no choice makes another code."""
    browser, _, page = used(provider, bob, code)
    _, url, entries = browser.fill(page, {}, button="enrol-submit")
    fields = [(name, value) for name, value in entries if name != "choice"]
    with provider.nothing_issued():
        answer = browser.post(url, [*fields, ("choice", choice), ("code", "123456")])
    assert answer.status == 303
    assert browser.get(url).document.text_of("code") == page.document.text_of("code")


def test_recovery_code_is_acknowledged_only_where_it_was_shown(provider: Provider, bob: Person, code: str) -> None:
    """ACR-10, ACR-14: the word alone skips no challenge, and another browser sees nothing."""
    page = used(provider, bob, code)[2]
    assert provider.browser().get(page.url).status == 404
    other = provider.browser()
    challenge = other.follow(bob.identify(other, other.open(provider.bank.attempt(acr_values=MFA).url)))
    _, url, entries = other.fill(challenge, {}, button="challenge-submit")
    with provider.nothing_issued():
        other.post(url, [*entries, ("choice", "saved")])
    assert other.get(url).has("challenge-submit")


def test_recovery_code_is_made_anew_in_the_account(
    provider: Provider, browser: Browser, bob: Person, code: str
) -> None:
    """Making a new one voids the old one (F8); only one is held."""
    page = browser.follow(browser.submit(browser.get(METHODS), button="add-recovery_code"))
    new = page.document.text_of("code")
    browser.submit(page, button="enrol-submit")
    assert len(held(provider, bob, "recovery_code")) == 1
    assert used(provider, bob, code)[2].status == 422
    assert used(provider, bob, new)[2].has("recovery-code")


@pytest.mark.parametrize("typed", ["12345", "", "0" * 25])
def test_recovery_code_that_is_wrong_is_counted(provider: Provider, bob: Person, code: str, typed: str) -> None:
    """OTP-11: the one budget of all second factors."""
    assert used(provider, bob, typed)[2].status == 422
    assert provider.failures("second", bob) == (1 if typed else 0)
