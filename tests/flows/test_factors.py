"""Text messages, mails, backup codes and setting up, through the front door; no script runs."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, send, set_up_totp
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

ONE, MFA, TWO = "urn:idp:acr:1fa", "urn:idp:acr:mfa", "urn:idp:acr:2sv"
NUMBER = "+12025550103"


@pytest.fixture
def mailed(provider: Provider, alice: Person) -> Person:
    """alice, with her mailbox proven."""
    bind(provider, alice, email=True)
    return alice


@pytest.fixture
def carol(provider: Provider) -> Person:
    """carol, with a number and a mailbox."""
    person = provider.add_person("carla")
    bind(provider, person, email=True, phone=NUMBER)
    return person


def test_transfer_after_setting_up_an_app_on_the_way(
    provider: Provider, browser: Browser, mailed: Person, bank: RelyingParty
) -> None:
    """alice has a password and a proven mailbox: asked for mfa she proves the mailbox, sets up an app, and is done."""
    provider.sign_in(browser, bank, mailed)
    attempt = bank.attempt(acr_values=MFA)
    page = browser.open(attempt.url)
    assert page.has("send-code")
    assert not page.has("code")
    assert messages(provider.database) == []
    page = send(browser, page)
    page = browser.follow(mailed.give_code(browser, page, newest_code(provider.database, address(mailed))))
    assert page.has("choose-totp")
    assert not page.has("enrol-skip")
    page, holder = set_up_totp(provider, browser, page, mailed)
    assert page.has("backup-codes")
    answer = browser.follow(browser.submit(page, button="enrol-submit"))
    tokens = bank.tokens(attempt, answer)
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "otp", "mfa", "mca"})
    provider.advance(600)
    fresh = provider.browser()
    assert provider.sign_in(fresh, bank, holder, acr_values=MFA).acr == MFA
    notices = messages(provider.database, to=address(mailed), purpose="notice")
    assert len(notices) == 3, "the app, the list of codes, and the browser that was new"
    assert holder.totp_secret not in "".join(notice.text for notice in notices)


def test_transfer_by_text_message(provider: Provider, browser: Browser, carol: Person, bank: RelyingParty) -> None:
    """carol asks for a text message, types its code, and is multi-factor."""
    provider.sign_in(browser, bank, carol)
    attempt = bank.attempt(acr_values=MFA)
    page = send(browser, browser.open(attempt.url))
    assert page.has("code")
    message = messages(provider.database, to=NUMBER)[0]
    assert message.text.endswith(f"\n\n@localhost #{newest_code(provider.database, NUMBER)}")
    assert NUMBER not in page.text
    assert "•••• 03" in page.document.text
    tokens = bank.tokens(attempt, carol.give_code(browser, page, newest_code(provider.database, NUMBER)))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "sms", "mfa", "mca"})


def test_page_says_what_the_policy_says_of_a_code(
    provider: Provider, browser: Browser, carol: Person, bank: RelyingParty
) -> None:
    """How long a code is good, and how many digits it has, are read from the setting, not from our defaults."""
    demo = Path("policies", "demo.yaml").read_text()
    provider.publish(demo.replace("sms: {ttl: 5m, digits: 6", "sms: {ttl: 3m, digits: 8"))
    provider.sign_in(browser, bank, carol)
    page = send(browser, browser.open(bank.attempt(acr_values=MFA).url))
    assert "It ends after 3 minutes." in page.document.text
    refused = carol.give_code(browser, page, "123456")
    assert (refused.status, "A code has 8 digits." in refused.document.text) == (422, True)


def test_backup_codes_are_saved_without_a_script(provider: Provider, browser: Browser, bob: Person) -> None:
    """The page holds the file: whose codes these are, and each of them; only the page itself ever had them (F7)."""
    home = browser.follow(bob.answer(browser, browser.open("/account/factors"), provider.clock.now()))
    page = browser.follow(browser.submit(home, button="add-backup_code"))
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    found = re.search(r'href="data:text/plain;charset=utf-8,([^"]+)" download="backup-codes.txt"', page.text)
    assert found
    lines = unquote(found.group(1)).split("\r\n")
    assert lines[0] == "Backup codes for Bob at localhost"
    assert [line for line in lines[3:] if line] == re.findall(r"<code>([0-9A-Z-]{11})</code>", page.text)
    assert len(lines) == 14
    assert page.header("cache-control") == "no-store"


def test_another_way_is_the_mailbox(provider: Provider, browser: Browser, carol: Person, bank: RelyingParty) -> None:
    """Where two steps are asked, carol takes the mailbox instead of her phone; its address is masked."""
    provider.sign_in(browser, bank, carol)
    attempt = bank.attempt(acr_values=TWO)
    page = browser.open(attempt.url)
    assert page.has("try-another")
    assert "c•••@example.com" in page.document.text
    assert page.document.form_with("choose-email").attributes.get("hidden") == ""
    page = browser.submit(page, button="try-another")
    assert "hidden" not in page.document.form_with("choose-email").attributes
    assert not page.has("challenge-submit")
    page = browser.follow(browser.submit(browser.submit(page, button="go-back"), button="choose-email"))
    page = send(browser, page)
    mail = messages(provider.database, to=address(carol))[0]
    code = newest_code(provider.database, address(carol))
    assert code not in mail.subject
    tokens = bank.tokens(attempt, carol.give_code(browser, page, code))
    assert (tokens.acr, tokens.amr) == (TWO, {"pwd", "otp", "mca"})


def test_staff_is_made_to_enrol_a_number(provider: Provider, browser: Browser, bank: RelyingParty) -> None:
    """dave is staff: after name and password he proves his mailbox and sets up a number."""
    dave = provider.add_person("dan", groups=("staff",))
    bind(provider, dave, email=True)
    attempt = bank.attempt()
    page = send(browser, browser.follow(dave.identify(browser, browser.open(attempt.url))))
    page = browser.follow(dave.give_code(browser, page, newest_code(provider.database, address(dave))))
    assert page.has("enrol-skip")
    page = browser.follow(browser.submit(page, button="choose-sms"))
    refused = browser.submit(page, {"phone": "12"}, button="send-code")
    assert (refused.status, refused.has("problem")) == (422, True)
    assert 'value="12"' in refused.text
    page = send(browser, refused, phone="+1 (202) 555-0188")
    page = browser.follow(
        browser.submit(page, {"code": newest_code(provider.database, "+12025550188")}, button="enrol-submit")
    )
    assert page.has("backup-codes")
    answer = browser.follow(browser.submit(page, button="enrol-skip"))
    assert bank.tokens(attempt, answer).acr == MFA
    again, second = provider.browser(), bank.attempt()
    assert bank.tokens(second, browser_answer(dave, again, second.url)).acr == ONE


def browser_answer(person: Person, browser: Browser, url: str) -> Page:
    return browser.follow(person.identify(browser, browser.open(url)))


def test_enrolment_may_be_put_off_three_times(provider: Provider, bank: RelyingParty) -> None:
    """A rule with three skips offers to put it off three times, and not a fourth."""
    dave = provider.add_person("dan", groups=("staff",))
    bind(provider, dave, email=True)
    for _ in range(3):
        browser, attempt = provider.browser(), bank.attempt()
        page = send(browser, browser_answer(dave, browser, attempt.url))
        page = browser.follow(dave.give_code(browser, page, newest_code(provider.database, address(dave))))
        assert bank.tokens(attempt, browser.follow(browser.submit(page, button="enrol-skip"))).acr == TWO
        provider.advance(3600)
    browser, attempt = provider.browser(), bank.attempt()
    page = send(browser, browser_answer(dave, browser, attempt.url))
    page = browser.follow(dave.give_code(browser, page, newest_code(provider.database, address(dave))))
    assert page.has("choose-totp")
    assert not page.has("enrol-skip")
    _, url, entries = browser.fill(page, {}, button="choose-totp")
    with provider.nothing_issued():
        browser.post(url, [*entries[:2], ("choice", "skip")])


def test_backup_code_counts_once(provider: Provider, mailed: Person, bank: RelyingParty) -> None:
    """A code of the list opens mfa once; the list shows nowhere again; a notice says how many are left."""
    browser, attempt = provider.browser(), bank.attempt(acr_values=MFA)
    page = send(browser, browser_answer(mailed, browser, attempt.url))
    page = browser.follow(mailed.give_code(browser, page, newest_code(provider.database, address(mailed))))
    page, _ = set_up_totp(provider, browser, page, mailed)
    codes = page.document.text_of("code").split()
    assert len(codes) == 10
    shown = browser.get(page.url)
    assert shown.document.text_of("code").split() == codes
    browser.follow(browser.submit(page, button="enrol-submit"))
    assert codes[0] not in provider.dump()
    provider.advance(600)
    for expected in (303, 422):
        other, second = provider.browser(), bank.attempt(acr_values=MFA)
        page = browser_answer(mailed, other, second.url)
        page = other.follow(other.submit(page, button="choose-backup_code"))
        answer = mailed.give_code(other, page, codes[0].lower())
        assert answer.status == expected
        if expected == 303:
            assert bank.tokens(second, answer).amr == {"pwd", "otp", "mfa"}
    assert any("left: 9" in each.text for each in messages(provider.database, to=address(mailed), purpose="notice"))


def test_nothing_leaves_on_get(provider: Provider, browser: Browser, carol: Person, bank: RelyingParty) -> None:
    """A page reached by GET alone shows a Send button, however often (F3)."""
    provider.sign_in(browser, bank, carol)
    page = browser.open(bank.attempt(acr_values=MFA).url)
    for _ in range(3):
        page = browser.get(page.url)
    assert page.has("send-code")
    assert messages(provider.database) == []


def test_resend_says_when_it_is_possible(
    provider: Provider, browser: Browser, carol: Person, bank: RelyingParty
) -> None:
    """The next message goes a minute after the last; the code before it is void (OTP-14)."""
    provider.sign_in(browser, bank, carol)
    attempt = bank.attempt(acr_values=MFA)
    page = send(browser, browser.open(attempt.url))
    first = newest_code(provider.database, NUMBER)
    refused = browser.submit(page, {"code": ""}, button="send-code")
    assert (refused.status, refused.header("retry-after")) == (429, "60")
    assert len(messages(provider.database)) == 1
    provider.advance(61)
    page = send(browser, browser.get(page.url))
    second = newest_code(provider.database, NUMBER)
    assert len(messages(provider.database)) == 2
    if first != second:
        assert carol.give_code(browser, page, first).status == 422
    assert bank.tokens(attempt, carol.give_code(browser, page, second)).acr == MFA
