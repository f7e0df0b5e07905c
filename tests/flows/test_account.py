"""The account's pages through the front door: methods added, renamed and removed, sessions ended; no script runs."""

import re
from dataclasses import replace

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, held, let_methods_go, secret_on, send
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

METHODS, SESSIONS = "/account/factors", "/account/sessions"
MFA = "urn:idp:acr:mfa"
STANDS_ALONE = "a quiet pond of lemons"


def opened(provider: Provider, browser: Browser, person: Person, path: str = METHODS) -> Page:
    """Open a page of the account, signing in and stepping up as it asks."""
    return person.answer(browser, browser.open(path), provider.clock.now())


@pytest.fixture
def home(provider: Provider, browser: Browser, bob: Person) -> Page:
    """The list of bob's methods."""
    bind(provider, bob, email=True)
    return browser.follow(opened(provider, browser, bob))


def one(provider: Provider, browser: Browser, bob: Person, credential_id: str) -> Page:
    return browser.follow(opened(provider, browser, bob, f"{METHODS}/{credential_id}"))


def test_account_lists_methods_after_sign_in(provider: Provider, browser: Browser, bob: Person, home: Page) -> None:
    """A password opens the list; it shows what there is, addresses masked, and nothing that is a secret (OTP-24)."""
    assert home.status == 200
    assert home.url.endswith(METHODS)
    assert "Authenticator app" in home.document.text
    assert "b•••@example.com" in home.document.text
    assert bob.totp_secret not in home.text
    assert home.header("cache-control") == "no-store"
    assert browser.open("/account/").url.endswith("/account/")


def test_account_renames_and_removes_after_a_step_up(
    provider: Provider, browser: Browser, bob: Person, home: Page
) -> None:
    """To change a method bob proves his app first; the second app may then go, and his mailbox is told."""
    second = provider.enrol_totp(bob)
    first = held(provider, bob)[0]
    page = one(provider, browser, second, held(provider, bob)[1])
    assert page.has("rename-submit")
    named = browser.follow(browser.submit(page, {"label": "  My   phone "}, button="rename-submit"))
    assert "Authenticator app: My phone" in named.document.text
    page = browser.open(f"{METHODS}/{held(provider, bob)[1]}")
    gone = browser.follow(browser.submit(page, button="remove-submit"))
    assert gone.url.endswith(METHODS)
    assert held(provider, bob) == [first]
    assert any("removed" in each.subject for each in messages(provider.database, to=address(bob)))


def test_account_keeps_the_last_factor_that_policy_needs(
    provider: Provider, browser: Browser, bob: Person, home: Page
) -> None:
    """ENR-07: the only app is refused, and still there."""
    page = one(provider, browser, bob, held(provider, bob)[0])
    refused = browser.submit(page, button="remove-submit")
    assert (refused.status, refused.has("problem")) == (422, True)
    assert len(held(provider, bob)) == 1


def test_account_removes_what_no_rule_needs(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, home: Page
) -> None:
    """Where changing methods takes no more than a password, the last app may go, and its list of codes with it.

    The password that then stands alone is of 15 characters or more (NIST SP 800-63B-4 §3.1.1.2).
    """

    let_methods_go(provider)
    page = browser.follow(browser.submit(browser.get(METHODS), button="add-backup_code"))
    assert page.has("backup-codes")
    browser.follow(browser.submit(page, button="enrol-submit"))
    assert len(held(provider, bob, "backup_code")) == 1
    page = browser.open(f"{METHODS}/{held(provider, bob)[0]}")
    for short in ("", "fourteen chars", "a quiet pond!"):
        refused = browser.submit(page, {"new_password": short}, button="remove-submit")
        assert (refused.status, refused.has("problem")) == (422, True)
        assert len(held(provider, bob)) == 1, "nothing goes by half"
    browser.follow(browser.submit(page, {"new_password": STANDS_ALONE}, button="remove-submit"))
    assert held(provider, bob) == []
    assert held(provider, bob, "backup_code") == []
    other = provider.browser()
    assert bob.identify(other, other.open(bank.attempt().url)).status == 422, "the short one is of no use any more"
    assert bob.identify(other, other.open(bank.attempt().url), password=STANDS_ALONE).status == 303


def test_account_asks_for_no_password_while_something_stands_beside_it(
    provider: Provider, browser: Browser, bob: Person, home: Page
) -> None:
    """One of two apps goes as it is; of the last that policy needs, no password is asked either: it cannot go."""
    provider.enrol_totp(bob)
    assert not one(provider, browser, bob, held(provider, bob)[1]).has("new_password")
    page = browser.open(f"{METHODS}/{held(provider, bob)[1]}")
    browser.submit(page, button="remove-submit")
    assert not browser.open(f"{METHODS}/{held(provider, bob)[0]}").has("new_password")


def test_account_adds_an_app(provider: Provider, browser: Browser, bob: Person, home: Page) -> None:
    """Adding goes through the login's own pages: the app that is there first, then the new one."""
    page = browser.follow(browser.submit(home, button="add-totp"))
    assert page.has("challenge-submit")
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    other = replace(bob, totp_secret=secret_on(page))
    assert other.totp_secret != bob.totp_secret
    wrong = browser.submit(page, {"code": other.wrong_code(provider.clock.now())}, button="enrol-submit")
    assert wrong.status == 422
    assert len(held(provider, bob)) == 1
    page = browser.follow(browser.submit(wrong, {"code": other.code(provider.clock.now())}, button="enrol-submit"))
    assert page.has("backup-codes")
    page = browser.follow(browser.submit(page, button="enrol-skip"))
    assert page.url.endswith(METHODS)
    assert len(held(provider, bob)) == 2
    assert held(provider, bob, "backup_code") == []


def test_account_makes_new_codes_and_voids_the_old(
    provider: Provider, browser: Browser, bob: Person, home: Page, bank: RelyingParty
) -> None:
    """F7: a new list voids the old one; the page warns when few are left."""
    page = browser.follow(browser.submit(home, button="add-backup_code"))
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    old = page.document.text_of("code").split()
    page = browser.follow(browser.submit(page, button="enrol-submit"))
    assert "10 codes left" in page.document.text
    page = browser.follow(browser.submit(page, button="add-backup_code"))
    new = page.document.text_of("code").split()
    page = browser.follow(browser.submit(page, button="enrol-submit"))
    assert len(held(provider, bob, "backup_code")) == 1
    stranger, attempt = provider.browser(), bank.attempt(acr_values=MFA)
    asked = stranger.follow(bob.identify(stranger, stranger.open(attempt.url)))
    asked = stranger.follow(stranger.submit(asked, button="choose-backup_code"))
    refused = bob.give_code(stranger, asked, old[0])
    assert refused.status == 422
    assert bank.tokens(attempt, bob.give_code(stranger, refused, new[0])).acr == MFA
    for code in new[1:7]:
        other = provider.browser()
        asked = other.follow(bob.identify(other, other.open(bank.attempt(acr_values=MFA).url)))
        asked = other.follow(other.submit(asked, button="choose-backup_code"))
        assert bob.give_code(other, asked, code).status == 303
    assert "Few codes are left" in browser.get(METHODS).document.text


def test_account_adds_a_number(provider: Provider, browser: Browser, alice: Person) -> None:
    """alice has a password and a mailbox: adding a number proves the mailbox first, then the number."""
    bind(provider, alice, email=True)
    page = browser.follow(opened(provider, browser, alice))
    page = send(browser, browser.follow(browser.submit(page, button="add-sms")))
    page = browser.follow(alice.give_code(browser, page, newest_code(provider.database, address(alice))))
    page = browser.follow(browser.submit(page, button="choose-sms"))
    page = send(browser, page, phone="+1 202 555 0142")
    code = newest_code(provider.database, "+12025550142")
    page = browser.follow(browser.submit(page, {"code": code}, button="enrol-submit"))
    page = browser.follow(browser.submit(page, button="enrol-skip"))
    assert page.url.endswith(METHODS)
    assert "•••• 42" in page.document.text


def test_account_shows_and_ends_sessions(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, home: Page
) -> None:
    """One other browser is signed out by its button, and this one stays."""
    other = provider.browser()
    provider.sign_in(other, bank, bob)
    page = browser.get(SESSIONS)
    ends = sorted(each for each in page.document.ids if re.fullmatch("end-[0-9a-f]{32}", each))
    assert len(ends) == 2
    theirs = next(each for each in ends if each != own_end(page))
    page = browser.follow(browser.submit(page, button=theirs))
    assert page.url.endswith(SESSIONS)
    assert theirs not in page.document.ids
    assert other.open(SESSIONS).has("login-submit")
    assert browser.get(SESSIONS).status == 200


def own_end(page: Page) -> str:
    """Return the button of the browser in front of us, which is listed first."""
    form = page.document.form_with("end-all")
    return form.buttons[0].id


def test_account_signs_out_everywhere(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, home: Page
) -> None:
    """Every browser is out, this one too, and what was issued is void."""
    other = provider.browser()
    provider.sign_in(other, bank, bob)
    out = browser.follow(browser.submit(browser.get(SESSIONS), button="end-all"))
    assert out.url.endswith("/account/stopped")
    assert other.open(SESSIONS).has("login-submit")
    assert browser.open(SESSIONS).has("login-submit")


def test_account_ends_nobody_elses_session(
    provider: Provider, browser: Browser, alice: Person, bob: Person, bank: RelyingParty, home: Page
) -> None:
    """The id of somebody else's session or method ends and shows nothing."""
    other = provider.browser()
    theirs = provider.sign_in(other, bank, alice).claims["sid"]
    page = browser.get(SESSIONS)
    _, url, entries = browser.fill(page, {}, button="end-all")
    token = dict(entries)["csrf_token"]
    assert browser.post(url, {"csrf_token": token, "choice": f"end:{theirs}"}).status == 303
    assert other.get(SESSIONS).status == 200
    bind(provider, alice, phone="+12025550177")
    assert one(provider, browser, bob, f"sms-{alice.id}").status == 404


@pytest.mark.parametrize("path", [METHODS, SESSIONS])
def test_account_refuses_forms_of_others(provider: Provider, browser: Browser, home: Page, path: str) -> None:
    """A form without this session's token changes nothing (SES-04)."""
    fields = {"choice": "end_all" if path == SESSIONS else "add:totp"}
    assert browser.post(path, fields).status == 403
    assert browser.get(SESSIONS).status == 200


def test_account_gives_way_where_enough_cannot_be_proved(provider: Provider, browser: Browser, alice: Person) -> None:
    """Whoever cannot prove enough is told so, and led to a page that asks for nothing."""
    page = browser.follow(opened(provider, browser, alice))
    page = browser.follow(browser.submit(page, button="add-totp"))
    left = browser.follow(browser.submit(page, button="refuse-leave"))
    assert (left.status, left.url.endswith("/account/stopped")) == (200, True)


def test_account_takes_no_wish_that_is_not_open(provider: Provider, browser: Browser, home: Page) -> None:
    """What is not offered is not begun."""
    _, url, entries = browser.fill(home, {}, button="add-totp")
    token = dict(entries)["csrf_token"]
    for wish in ("add:email", "add:password", "add:", "remove"):
        answer = browser.post(url, {"csrf_token": token, "choice": wish})
        assert (answer.status, answer.location.endswith(METHODS)) == (303, True)
