"""Table B, for codes that are sent or kept on paper, and for setting up."""

import logging

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, held, send, set_up_totp
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
NUMBER = "+12025550103"


@pytest.fixture
def texted(provider: Provider, alice: Person) -> Person:
    """alice, with a number of her own."""
    bind(provider, alice, phone=NUMBER)
    return alice


def challenge(provider: Provider, browser: Browser, person: Person) -> Page:
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    return browser.follow(person.identify(browser, page)) if page.has("login-submit") else page


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def is_through(provider: Provider, page: Page) -> bool:
    return page.location.startswith(provider.bank.redirect_uri)


def with_codes(provider: Provider, browser: Browser, bob: Person) -> list[str]:
    """Make bob a list of backup codes, and return them as they were shown."""
    page = bob.answer(browser, browser.open("/account/factors"), provider.clock.now())
    page = browser.follow(browser.submit(browser.follow(page), button="add-backup_code"))
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    codes = page.document.text_of("code").split()
    browser.follow(browser.submit(page, button="enrol-submit"))
    assert len(codes) == 10
    return codes


def test_otp_14_code_is_void_after_a_resend_and_after_success(provider: Provider, texted: Person) -> None:
    """OTP-14: code 1 after a resend fails, code 2 passes, code 2 again fails."""
    browser = provider.browser()
    page = send(browser, challenge(provider, browser, texted))
    first = newest_code(provider.database, NUMBER)
    provider.advance(61)
    page = send(browser, browser.get(page.url))
    second = newest_code(provider.database, NUMBER)
    if first != second:
        page = texted.give_code(browser, page, first)
        assert page.status == 422
    assert is_through(provider, texted.give_code(browser, page, second))
    other = provider.browser()
    page = send(other, challenge(provider, other, texted))
    if newest_code(provider.database, NUMBER) != second:
        with provider.nothing_issued():
            assert texted.give_code(other, page, second).status == 422


def test_otp_16_code_of_another_transaction(provider: Provider, texted: Person) -> None:
    """OTP-16: the code of one transaction is nothing in the other, sent for or not."""
    first, second = provider.browser(), provider.browser()
    send(first, challenge(provider, first, texted))
    code = newest_code(provider.database, NUMBER)
    page = challenge(provider, second, texted)
    _, url, entries = second.fill(page, {}, button="send-code")
    kept = [entry for entry in entries if entry[0] != "choice"]
    with provider.nothing_issued():
        assert second.post(url, [*kept, ("code", code)]).status == 422
        page = send(second, second.get(page.url))
        if newest_code(provider.database, NUMBER) != code:
            assert texted.give_code(second, page, code).status == 422


def test_otp_17_shared_number(provider: Provider, texted: Person, bob: Person) -> None:
    """OTP-17: two people with one number: the fresh code of the one is nothing in the other's transaction."""
    mallory = provider.add_person("mallory")
    bind(provider, mallory, phone=NUMBER)
    theirs, own = provider.browser(), provider.browser()
    page = send(theirs, challenge(provider, theirs, texted))
    his = newest_code(provider.database, NUMBER)
    send(own, challenge(provider, own, mallory))
    code = newest_code(provider.database, NUMBER)
    if code != his:
        with provider.nothing_issued():
            assert texted.give_code(theirs, page, code).status == 422


@pytest.mark.parametrize("seconds", [5 * 60, 10 * 60 + 1])
def test_otp_18_sent_code_ends(provider: Provider, texted: Person, seconds: int) -> None:
    """OTP-18: a code that was sent five minutes ago is refused, and another one passes."""
    browser = provider.browser()
    page = send(browser, challenge(provider, browser, texted))
    provider.advance(seconds)
    with provider.nothing_issued():
        late = texted.give_code(browser, page, newest_code(provider.database, NUMBER))
    assert late.status == 422
    page = send(browser, late)
    assert is_through(provider, texted.give_code(browser, page, newest_code(provider.database, NUMBER)))


def test_otp_06_sent_codes_have_five_tries_over_all_resends(provider: Provider, texted: Person) -> None:
    """OTP-06, F3: five tries in one interaction, whatever is sent again; then not even the right code passes."""
    browser = provider.browser()
    page = send(browser, challenge(provider, browser, texted))
    for number in range(5):
        if number == 3:
            provider.advance(61)
            page = send(browser, browser.get(page.url))
        page = texted.give_code(browser, page, another(newest_code(provider.database, NUMBER)))
        assert page.status in {422, 429}
    assert not page.has("code")
    assert page.has("refuse-leave")
    with provider.nothing_issued():
        browser.get(page.url)
    provider.have_patience()
    fresh = provider.browser()
    page = send(fresh, challenge(provider, fresh, texted))
    assert is_through(provider, texted.give_code(fresh, page, newest_code(provider.database, NUMBER)))


def test_otp_11_setting_up_counts_in_the_same_budget(provider: Provider, alice: Person) -> None:
    """OTP-11: guesses while setting up are counted with all others, and the lock holds there too."""
    bind(provider, alice, email=True)
    browser = provider.browser()
    page = send(browser, challenge(provider, browser, alice))
    page = browser.follow(alice.give_code(browser, page, newest_code(provider.database, address(alice))))
    page = browser.follow(browser.submit(page, button="choose-totp"))
    for _ in range(10):
        provider.have_patience()
        page = browser.submit(page, {"code": "abc"}, button="enrol-submit")
        assert page.status == 422
    assert browser.submit(page, {"code": "abc"}, button="enrol-submit").status == 429
    assert held(provider, alice) == []


def test_otp_05_the_code_that_set_up_is_spent(provider: Provider, alice: Person) -> None:
    """OTP-05: the code that proved a new app does not sign in with it."""
    bind(provider, alice, email=True)
    browser = provider.browser()
    page = send(browser, challenge(provider, browser, alice))
    page = browser.follow(alice.give_code(browser, page, newest_code(provider.database, address(alice))))
    _, holder = set_up_totp(provider, browser, page, alice)
    other = provider.browser()
    page = challenge(provider, other, holder)
    with provider.nothing_issued():
        assert holder.give_code(other, page, holder.code(provider.clock.now())).status == 422


def test_otp_22_backup_codes_are_throttled_and_hashed(provider: Provider, bob: Person) -> None:
    """OTP-22: the dump holds no code; guesses lock after ten, and a right code is then refused."""
    codes = with_codes(provider, provider.browser(), bob)
    dump = provider.dump()
    assert not any(code in dump or code.replace("-", "") in dump for code in codes)
    browser = provider.browser()
    page = browser.follow(browser.submit(challenge(provider, browser, bob), button="choose-backup_code"))
    for _ in range(10):
        provider.have_patience()
        page = bob.give_code(browser, page, "AAAAA-AAAAA")
        assert page.status in {422, 429}
    with provider.nothing_issued():
        other = provider.browser()
        page = challenge(provider, other, bob)
    assert not page.has("code")


def test_otp_24_nothing_is_shown_again(provider: Provider, bob: Person) -> None:
    """OTP-24: once kept, no page of the account shows a seed or a backup code, and none is stored by a cache."""
    browser = provider.browser()
    codes = with_codes(provider, browser, bob)
    browser.record.clear()
    for path in ("/account/factors", f"/account/factors/{held(provider, bob)[0]}", "/account/sessions"):
        browser.open(path)
    browser.open(f"/account/factors/{held(provider, bob, 'backup_code')[0]}")
    assert len(browser.record) >= 4
    for entry in browser.record:
        assert bob.totp_secret not in entry.text
        assert not any(code in entry.text for code in codes)
        assert "no-store" in entry.header("cache-control")


def test_msg_12_codes_are_not_logged(provider: Provider, texted: Person, caplog: pytest.LogCaptureFixture) -> None:
    """MSG-12: at the most talkative level no log line and no audit event holds a code or a number."""
    caplog.set_level(logging.DEBUG)
    browser = provider.browser()
    page = send(browser, challenge(provider, browser, texted))
    code = newest_code(provider.database, NUMBER)
    texted.give_code(browser, page, another(code))
    texted.give_code(browser, page, code)
    assert code not in caplog.text
    assert NUMBER not in caplog.text
    assert not any(code in row for row in provider.dump().splitlines() if row.startswith("audit"))
    assert len(messages(provider.database)) == 1
