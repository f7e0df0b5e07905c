"""Codes that are read out in a call: set up, asked for, and off where nobody can call."""

import json
import re
from collections.abc import Iterator

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import held
from tests.support.gateway import Gateway, gateway
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
KEY = "a%20secret%20of%20thirty-two%20characters"


@pytest.fixture
def told() -> Iterator[Gateway]:
    with gateway() as it:
        yield it


@pytest.fixture
def calling(provider: Provider, told: Gateway) -> Iterator[Provider]:
    """The provider, with a gateway that calls."""
    other = provider.restarted(IDP_SMS_URL=f"webhook+http://{KEY}@127.0.0.1:{told.port}/#voice")
    yield other
    other.close()


def heard(told: Gateway) -> str:
    """Return the code as somebody writes it down who listens to the last call."""
    call = json.loads(told.told[-1].body)
    assert call["channel"] == "voice"
    said = re.findall(r"\d(?:, \d){5}", call["text"])
    assert len(said) == 2
    assert said[0] == said[1]
    return said[0].replace(", ", "")


def set_up(provider: Provider, told: Gateway, person: Person, number: str) -> Page:
    """Set a number up for calls on the account page; stop at the answer."""
    browser = provider.browser()
    page = browser.follow(person.answer(browser, browser.open("/account/factors"), provider.clock.now()))
    page = person.answer(browser, browser.submit(page, button="add-voice"), provider.clock.now())
    page = browser.submit(page, {"phone": number}, button="send-code")
    if page.status != 303:
        return page
    page = browser.follow(page)
    assert "We are calling" in page.text
    provider.deliver()
    return browser.follow(browser.submit(page, {"code": heard(told)}, button="enrol-submit"))


def ask(provider: Provider, browser: Browser, person: Person, url: str) -> Page:
    """Choose the call when a second step is asked."""
    page = browser.follow(person.identify(browser, browser.open(url)))
    page = browser.follow(browser.submit(page, button="choose-voice"))
    page = browser.follow(browser.submit(page, button="send-code"))
    provider.deliver()
    return page


@pytest.mark.parametrize("number", ["+1 202 555 0142", "+44 20 7946 0958"])
def test_a_call_proves_a_number(calling: Provider, told: Gateway, bob: Person, number: str) -> None:
    """F5: set up and answered as a text message is, on fixed lines too; the token says `tel`."""
    set_up(calling, told, bob, number)
    assert len(held(calling, bob, "voice")) == 1
    browser, attempt = calling.browser(), calling.bank.attempt(acr_values=MFA)
    page = ask(calling, browser, bob, attempt.url)
    tokens = calling.bank.tokens(attempt, bob.give_code(browser, page, heard(told)))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "tel", "mfa", "mca"})


def test_a_wrong_code_is_refused(calling: Provider, told: Gateway, bob: Person) -> None:
    """Refused, and nothing is issued."""
    set_up(calling, told, bob, "+12025550142")
    browser, attempt = calling.browser(), calling.bank.attempt(acr_values=MFA)
    page = ask(calling, browser, bob, attempt.url)
    with calling.nothing_issued():
        wrong = f"{(int(heard(told)) + 1) % 10**6:06}"
        assert bob.give_code(browser, page, wrong).status == 422


@pytest.mark.parametrize("number", ["+8823451234567", "+979123456789", "+19005551234", "12"])
def test_msg_02_numbers_that_are_not_called(calling: Provider, told: Gateway, bob: Person, number: str) -> None:
    """MSG-02: premium, satellite and internet numbers are not called."""
    assert set_up(calling, told, bob, number).status == 422
    assert told.told == []


def test_nobody_calls_where_no_carrier_can(provider: Provider, bob: Person) -> None:
    """Without a carrier that calls, the factor is not there, whatever the policy lists."""
    browser = provider.browser()
    page = browser.follow(bob.answer(browser, browser.open("/account/factors"), provider.clock.now()))
    assert page.has("add-sms")
    assert not page.has("add-voice")
