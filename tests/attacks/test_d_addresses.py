"""Addresses that somebody would call their own without reading what comes there: tables B and H."""

import pytest

from tests.support.browser import Browser, Page
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

SIGN_UP, CHANGE = "/account/sign-up", "/account/email"
VICTIM = "frida@example.org"
PASSWORD = "violet umbrellas forget nothing"
DAY = 24 * 3600


@pytest.fixture
def provider(make_provider: MakeProvider) -> Provider:
    """One that is open to everybody."""
    return make_provider(IDP_SIGN_UP="open")


def asked(browser: Browser, page: Page) -> Page:
    """Ask for a code at the address."""
    return browser.follow(browser.submit(page, {"email": VICTIM}, button="send-code"))


def guessed(browser: Browser, page: Page, code: str) -> Page:
    """Try a code at sign-up."""
    typed = {"code": code, "new_password": PASSWORD, "display_name": "Mallory"}
    return browser.submit(page, typed, button="sign-up-submit")


def wrong(provider: Provider) -> str:
    """Return six digits that are not those in the mail."""
    return "111111" if newest_code(provider.database, VICTIM) == "000000" else "000000"


def exhausted(provider: Provider, browser: Browser) -> Page:
    """Guess at the address with one code after the other, until no try is taken any more."""
    tries = 0
    for _ in range(6):
        provider.advance(61)
        page = asked(browser, browser.open(SIGN_UP))
        while (answer := guessed(browser, page, wrong(provider))).status == 422:
            tries += 1
        assert answer.status == 429
    assert tries == 10
    return page


def test_otp_07_another_code_gives_no_more_tries_at_an_address(provider: Provider, browser: Browser) -> None:
    """OTP-06, OTP-07: ten tries a day at one address, in whatever browser; the right code is not looked at then."""
    with provider.unchanged("users", "credentials"), provider.nothing_issued():
        page = exhausted(provider, browser)
        assert guessed(browser, page, newest_code(provider.database, VICTIM)).status == 429
        other = provider.browser()
        provider.advance(61)
        page = asked(other, other.open(SIGN_UP))
        assert guessed(other, page, newest_code(provider.database, VICTIM)).status == 429


def test_otp_26_the_owner_of_an_address_waits_a_day_at_most(provider: Provider, browser: Browser) -> None:
    """OTP-26: what a stranger has used up is there again, and everybody else signs up meanwhile."""
    exhausted(provider, browser)
    provider.advance(DAY)
    page = asked(browser, browser.open(SIGN_UP))
    assert guessed(browser, page, newest_code(provider.database, VICTIM)).status == 303


def test_otp_07_who_is_signed_in_guesses_no_more(provider: Provider, browser: Browser, bob: Person) -> None:
    """OTP-07, ENR-11: the address of one's account is changed within the same tries."""
    exhausted(provider, provider.browser())
    provider.advance(61)
    page = bob.answer(browser, browser.open(CHANGE), provider.clock.now())
    page = asked(browser, page)
    with provider.unchanged("users", "credentials"):
        answer = browser.submit(page, {"code": newest_code(provider.database, VICTIM)}, button="email-submit")
        assert answer.status == 429


def test_msg_01_a_stranger_gets_twenty_mails_a_day(provider: Provider, browser: Browser) -> None:
    """MSG-01: whoever wants no account here is not flooded by somebody who asks for one in their name."""
    for _ in range(26):
        provider.advance(301)
        asked(browser, browser.open(SIGN_UP))
    assert len(messages(provider.database, to=VICTIM)) == 20
    provider.advance(DAY)
    asked(browser, browser.open(SIGN_UP))
    assert len(messages(provider.database, to=VICTIM)) == 21


@pytest.mark.parametrize(
    "spelled",
    [
        "frida@ｅxample.org",
        "frida@example．org",
        "frida@example。org",
        "frida@exa\ufe0fmple.org",
        "frida@stra\u00dfe.example",
    ],
    ids=["full-width", "full-width dot", "ideographic dot", "unseen", "sharp s"],
)
def test_msg_06_a_mailbox_has_no_names_beside_its_own(provider: Provider, browser: Browser, spelled: str) -> None:
    """MSG-01, MSG-06: what mail would take for another spelling is no address, so nobody gets its mails again."""
    with provider.unchanged("outbox", "address_proofs", "users"):
        answer = browser.submit(browser.open(SIGN_UP), {"email": spelled}, button="send-code")
        assert answer.status == 422


@pytest.mark.parametrize("domain", ["bücher.example", "xn--bcher-kva.example", "Example.ORG"])
def test_addresses_in_any_script_are_taken(provider: Provider, browser: Browser, domain: str) -> None:
    """A domain in its own letters, and in the form that browsers make of it."""
    answer = browser.submit(browser.open(SIGN_UP), {"email": f"frida@{domain}"}, button="send-code")
    assert answer.status == 303
    assert len(messages(provider.database, to=f"frida@{domain}")) == 1
