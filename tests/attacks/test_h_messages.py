"""Table H: text messages, mails and notices."""

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, send
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider

MFA, TWO = "urn:idp:acr:mfa", "urn:idp:acr:2sv"
NUMBER = "+12025550103"


def at_number(provider: Provider, browser: Browser, person: Person) -> Page:
    """Come to the page that asks for a number to be set up."""
    bind(provider, person, email=True)
    page = browser.follow(person.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    page = send(browser, page)
    page = browser.follow(person.give_code(browser, page, newest_code(provider.database, address(person))))
    return browser.follow(browser.submit(page, button="choose-sms"))


def test_msg_01_strangers_send_nothing(provider: Provider, alice: Person) -> None:
    """MSG-01: without the right password nothing is ever sent."""
    bind(provider, alice, phone=NUMBER)
    browser = provider.browser()
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    _, url, entries = browser.fill(page, {"username": alice.username, "password": "x"}, button="login-submit")
    for _ in range(5):
        browser.post(url, [*entries, ("choice", "send"), ("phone", NUMBER)])
    assert messages(provider.database) == []


def test_msg_01_one_number_gets_ten_messages_in_ten_minutes(provider: Provider, alice: Person) -> None:
    """MSG-01: ten messages to one number in ten minutes, over all interactions; then it says how long to wait."""
    bind(provider, alice, phone=NUMBER)
    answer = None
    for _ in range(12):
        browser = provider.browser()
        page = browser.follow(alice.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
        answer = browser.submit(page, button="send-code")
    assert len(messages(provider.database, to=NUMBER)) == 10
    assert answer is not None
    assert (answer.status, int(answer.header("retry-after")) <= 600) == (429, True)
    provider.advance(601)
    browser = provider.browser()
    page = browser.follow(alice.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    send(browser, page)
    assert len(messages(provider.database, to=NUMBER)) == 11


def test_msg_01_many_numbers_of_one_person(provider: Provider, alice: Person) -> None:
    """MSG-01: sequential numbers: one person gets ten messages in ten minutes, whatever numbers they name."""
    browser = provider.browser()
    page = at_number(provider, browser, alice)
    for number in range(30):
        _, url, entries = browser.fill(page, {"phone": f"+120255501{number:02}"}, button="send-code")
        browser.post(url, entries)
        provider.advance(20)
        page = browser.get(page.url)
        if not page.has("phone"):
            page = browser.follow(browser.submit(page, button="change-number"))
    assert 0 < len(messages(provider.database, purpose="code")) <= 11


@pytest.mark.parametrize("number", ["+8823451234567", "+979123456789", "+19005551234", "+88161234567", "+442079460000"])
def test_msg_02_ranges_that_are_not_served(provider: Provider, browser: Browser, alice: Person, number: str) -> None:
    """MSG-02: premium, satellite, internet and fixed lines are refused, and nothing is sent."""
    page = at_number(provider, browser, alice)
    with provider.unchanged("outbox", "credentials"):
        assert browser.submit(page, {"phone": number}, button="send-code").status == 422


def test_msg_06_one_number_however_it_is_spelled(provider: Provider, browser: Browser, alice: Person) -> None:
    """MSG-06: every spelling is the one E.164 form that limits are counted by."""
    page = at_number(provider, browser, alice)
    spellings = ("+1 (202) 555-0142", "0012025550142", "\uff0b\uff11 202 555 0142")
    for spelling in spellings:
        page = send(browser, page, phone=spelling)
        page = browser.follow(browser.submit(page, button="change-number"))
        provider.advance(61)
    assert len(messages(provider.database, to="+12025550142")) == len(spellings)


@pytest.mark.parametrize("number", ["+1 202 555 0142 ext=5", "+12025550142\r\nBcc: x", "+12025550142,+12025550143"])
def test_msg_06_what_is_not_one_number(provider: Provider, browser: Browser, alice: Person, number: str) -> None:
    """MSG-06, MSG-07: extensions, line ends and lists are no number."""
    page = at_number(provider, browser, alice)
    with provider.unchanged("outbox"):
        assert browser.submit(page, {"phone": number}, button="send-code").status in {400, 422}


def test_msg_09_looking_consumes_nothing(provider: Provider, alice: Person) -> None:
    """MSG-09: a mail holds a code and no link, and whoever loads pages sends and spends nothing."""
    bind(provider, alice, email=True)
    browser, attempt = provider.browser(), provider.bank.attempt(acr_values=TWO)
    page = send(browser, browser.follow(alice.identify(browser, browser.open(attempt.url))))
    mail = messages(provider.database, to=address(alice))[0]
    assert "http" not in mail.text
    for _ in range(3):
        provider.browser().get(page.url)
        browser.get(page.url)
    answer = alice.give_code(browser, page, newest_code(provider.database, address(alice)))
    assert provider.bank.tokens(attempt, answer).acr == TWO


def test_msg_13_mail_is_never_multi_factor(provider: Provider, alice: Person) -> None:
    """MSG-13: a mailbox beside a password is two steps; its amr never says mfa, and mfa asks for more."""
    bind(provider, alice, email=True)
    browser, attempt = provider.browser(), provider.bank.attempt(acr_values=TWO)
    page = send(browser, browser.follow(alice.identify(browser, browser.open(attempt.url))))
    tokens = provider.bank.tokens(
        attempt, alice.give_code(browser, page, newest_code(provider.database, address(alice)))
    )
    assert (tokens.acr, tokens.amr) == (TWO, {"pwd", "otp", "mca"})
    assert browser.open(provider.bank.attempt(acr_values=MFA).url).has("choose-totp")
