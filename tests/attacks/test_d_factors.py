"""Table D: setting up, changing and removing factors."""

from dataclasses import replace

import pytest

from idp.records.users import store as users
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, held, secret_on, send, set_up_totp
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.recovery import link_in

METHODS = "/account/factors"
MFA = "urn:idp:acr:mfa"


@pytest.fixture
def low(provider: Provider, bob: Person) -> Browser:
    """A browser that holds bob's password alone."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    return browser


def token_of(page: Page) -> str:
    return dict(page.document.forms[0].entries({}, None))["csrf_token"]


@pytest.mark.parametrize("factor", ["totp", "sms", "backup_code", "passkey"])
def test_enr_02_partial_session_adds_nothing(provider: Provider, bob: Person, low: Browser, factor: str) -> None:
    """ENR-02: who holds the password alone is asked for the factor that is there before anything is set up."""
    before = provider.count("credentials")
    page = low.follow(low.submit(low.open(METHODS), button=f"add-{factor}"))
    assert page.has("challenge-submit")
    assert not {"enrol-submit", "phone", "backup-codes", "totp-secret"} & page.document.ids
    for choice in (f"choose:{factor}", "send", "skip", "back"):
        _, url, entries = low.fill(page, {}, button="challenge-submit")
        low.post(url, [*entries, ("choice", choice), ("phone", "+12025550142")])
        assert low.get(page.url).has("challenge-submit")
    assert provider.count("credentials") == before
    assert messages(provider.database) == []


@pytest.mark.parametrize("choice", ["remove", "rename"])
def test_enr_04_low_session_changes_nothing(provider: Provider, bob: Person, low: Browser, choice: str) -> None:
    """ENR-04: removing or renaming with the password alone leads to the challenge, and changes nothing."""
    path = f"{METHODS}/{held(provider, bob)[0]}"
    fields = {"csrf_token": token_of(low.open(METHODS)), "choice": choice, "label": "mine"}
    with provider.unchanged("credentials"):
        answer = low.post(path, fields)
    assert answer.status == 303
    assert "/login/" in answer.location
    assert low.follow(answer).has("challenge-submit")
    assert "mine" not in low.get(METHODS).document.text


def test_enr_06_mass_assignment(provider: Provider, bob: Person, low: Browser) -> None:
    """ENR-06: fields that no form has are ignored: nothing but the label can be set."""
    path = f"{METHODS}/{held(provider, bob)[0]}"
    page = low.follow(bob.give_code(low, low.open(path), bob.code(provider.clock.now())))
    planted = {"email_verified": "1", "roles": "owner", "user_id": "x", "step": "0", "factor": "password", "id": "y"}
    users = provider.stored("users", "roles"), provider.stored("users", "email_verified_at")
    fields = {"csrf_token": token_of(page), "choice": "rename", "label": "mine", **planted}
    assert low.post(path, fields).status == 303
    assert (provider.stored("users", "roles"), provider.stored("users", "email_verified_at")) == users
    assert len(held(provider, bob)) == 1
    assert provider.stored("credentials", "step") != {0}


def test_enr_07_last_factor_stays(provider: Provider, bob: Person, low: Browser) -> None:
    """ENR-07: of two apps one may go, the last may not."""
    provider.advance(1)
    provider.enrol_totp(bob)
    first, second = held(provider, bob)
    page = low.follow(bob.give_code(low, low.open(f"{METHODS}/{first}"), bob.code(provider.clock.now())))
    assert low.submit(page, button="remove-submit").status == 303
    # The proof was of the app that is gone: it no longer counts, so the other one is asked for (policy.md §3.4).
    assert held(provider, bob) == [second]
    assert low.open(f"{METHODS}/{second}").has("challenge-submit")


def test_enr_07_last_factor_is_refused(provider: Provider, bob: Person, low: Browser) -> None:
    """ENR-07: the last one that policy needs is refused."""
    path = f"{METHODS}/{held(provider, bob)[0]}"
    page = low.follow(bob.give_code(low, low.open(path), bob.code(provider.clock.now())))
    assert low.submit(page, button="remove-submit").status == 422
    assert len(held(provider, bob)) == 1


def test_enr_22_strangers_set_nothing_up(provider: Provider, bob: Person) -> None:
    """ENR-22: who knows only a name is asked for the password, whatever is posted."""
    stranger = provider.browser()
    page = stranger.open(provider.bank.attempt(acr_values=MFA).url)
    _, url, entries = stranger.fill(page, {"username": bob.username}, button="login-submit")
    with provider.unchanged("credentials", "outbox"):
        for choice in ("choose:totp", "send", "skip"):
            stranger.post(url, [*entries, ("choice", choice)])
        assert stranger.post(METHODS, {"choice": "add:totp"}).location != METHODS
    assert stranger.get(url).has("login-submit")


def test_enr_23_changes_are_told(provider: Provider, alice: Person) -> None:
    """ENR-23: what was added is told to the mailbox, without a secret, with what to do if it was somebody else."""
    bind(provider, alice, email=True)
    browser = provider.browser()
    page = browser.follow(alice.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    page = send(browser, page)
    page = browser.follow(alice.give_code(browser, page, newest_code(provider.database, address(alice))))
    _, holder = set_up_totp(provider, browser, page, alice)
    (notice,) = messages(provider.database, to=address(alice), purpose="notice")
    assert "Authenticator app was added" in notice.text
    assert "If it was not" in notice.text
    assert holder.totp_secret not in notice.text


def test_enr_23_each_change_is_told_at_every_address(provider: Provider, bob: Person) -> None:
    """ENR-23: added, removed, another password, another browser: mailbox and phone, no secret, one link."""
    number, browser = "+12025550142", provider.browser()
    with provider.database.transaction() as tx:
        user = users.get(tx, bob.id)
        assert user is not None
        users.save(tx, replace(user, phone=number, phone_verified_at=provider.clock.now()))
    provider.sign_in(browser, provider.bank, bob, acr_values=MFA)

    def told(subject: str, *secrets: str) -> None:
        provider.advance(1)
        mail, text = (messages(provider.database, to=to, purpose="notice")[0] for to in (address(bob), number))
        assert subject in mail.subject
        assert subject in text.text
        for notice in (mail, text):
            assert link_in(notice.text).startswith(f"{provider.issuer}/recover/not-me/")
            assert not any(secret in notice.text for secret in secrets)

    before = held(provider, bob)
    page = browser.follow(browser.submit(browser.open(METHODS), button="add-totp"))
    secret = secret_on(page)
    browser.follow(
        browser.submit(
            page, {"code": replace(bob, totp_secret=secret).code(provider.clock.now())}, button="enrol-submit"
        )
    )
    told("A way to sign in was added", secret)
    another = next(each for each in held(provider, bob) if each not in before)
    browser.follow(browser.submit(browser.open(f"{METHODS}/{another}"), button="remove-submit"))
    told("A way to sign in was removed")
    browser.follow(
        browser.submit(
            browser.open("/account/password"), {"new_password": "another passphrase"}, button="password-submit"
        )
    )
    told("Your password was changed", "another passphrase")
    provider.advance(60)
    changed = replace(bob, password="another passphrase")
    provider.sign_in(provider.browser(), provider.bank, changed, acr_values=MFA)
    told("New sign-in to your account")
