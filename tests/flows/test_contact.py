"""Changing one's e-mail address: proved first, the old one told, and nobody learns who exists (E10, ENR-11)."""

from datetime import timedelta

import pytest

from idp.factors.email import Email
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, held
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

PAGE = "/account/email"
NEW = "new@example.org"


def opened(provider: Provider, browser: Browser, person: Person) -> Page:
    """Open the page, proving what it asks."""
    return browser.follow(person.answer(browser, browser.open(PAGE), provider.clock.now()))


def ask(browser: Browser, page: Page, to: str = NEW) -> Page:
    return browser.follow(browser.submit(page, {"email": to}, button="send-code"))


def confirm(browser: Browser, page: Page, code: str) -> Page:
    return browser.submit(page, {"code": code}, button="email-submit")


def email_of(provider: Provider, person: Person) -> str:
    with provider.database.transaction() as tx:
        user = users.get(tx, person.id)
    assert user is not None
    return user.email


def test_address_is_changed_once_it_is_proved(provider: Provider, browser: Browser, alice: Person) -> None:
    """ENR-11: the old mailbox is told before anything changes, and again when it has."""
    page = ask(browser, opened(provider, browser, alice))
    assert "n•••@example.org" in page.document.text
    told = messages(provider.database, to=address(alice))
    assert any("about to change" in each.subject for each in told)
    assert email_of(provider, alice) == address(alice)
    done = browser.follow(confirm(browser, page, newest_code(provider.database, NEW)))
    assert done.url.partition("?")[0].endswith("/account/profile")
    assert email_of(provider, alice) == NEW
    told = messages(provider.database, to=address(alice))
    assert any("was changed" in each.subject for each in told)
    assert all(NEW not in each.text for each in told)


def test_mailbox_that_was_a_step_is_replaced(provider: Provider, browser: Browser, alice: Person) -> None:
    """The old mailbox is proved first; codes go to the new one from then on."""
    bind(provider, alice, email=True)
    page = browser.follow(alice.identify(browser, browser.open(PAGE)))
    page = browser.follow(browser.submit(page, button="send-code"))
    page = browser.follow(alice.give_code(browser, page, newest_code(provider.database, address(alice))))
    page = ask(browser, page)
    assert confirm(browser, page, newest_code(provider.database, NEW)).status == 303
    assert len(held(provider, alice, "email")) == 1
    other = provider.browser()
    asked = other.open(provider.bank.attempt(acr_values="urn:idp:acr:2sv").url)
    asked = other.follow(alice.identify(other, asked))
    other.submit(asked, button="send-code")
    assert messages(provider.database, to=NEW, purpose="code")


def test_changing_an_address_makes_no_second_step(provider: Provider, browser: Browser, alice: Person) -> None:
    """Whoever had no mailbox as a step has none afterwards: a stolen password enrols nothing (policy.md §3.7)."""
    page = ask(browser, opened(provider, browser, alice))
    confirm(browser, page, newest_code(provider.database, NEW))
    assert held(provider, alice, "email") == []


def test_enr_11_stolen_session_changes_nothing(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """ENR-11: a session alone is asked for the second factor; an old one for a fresh proof."""
    provider.sign_in(browser, bank, bob)
    assert browser.open(PAGE).has("challenge-submit")
    assert messages(provider.database, to=address(bob)) == []


def test_address_of_somebody_else_looks_alike(provider: Provider, browser: Browser, alice: Person, bob: Person) -> None:
    """SES-08: the same page, no code that fits; its owner is told, and nothing changes."""
    page = ask(browser, opened(provider, browser, alice), address(bob))
    assert page.has("code")
    assert messages(provider.database, to=address(bob), purpose="code") == []
    assert any("already have an account" in each.subject for each in messages(provider.database, to=address(bob)))
    refused = confirm(browser, page, "000000")
    assert (refused.status, refused.has("problem")) == (422, True)
    assert email_of(provider, alice) == address(alice)


@pytest.mark.parametrize("to", ["", "nobody", "a b@example.org", "a@" + "x" * 300, "two@a.org,b@c.org "])
def test_address_that_is_none_is_refused(provider: Provider, browser: Browser, alice: Person, to: str) -> None:
    """Refused beside what was typed; nothing is sent."""
    page = opened(provider, browser, alice)
    refused = browser.submit(page, {"email": to}, button="send-code")
    assert (refused.status, refused.has("problem")) == (422, True)
    assert messages(provider.database) == []


def test_code_is_tried_five_times(provider: Provider, browser: Browser, alice: Person) -> None:
    """After five wrong ones the right one is refused too."""
    page = ask(browser, opened(provider, browser, alice))
    code = newest_code(provider.database, NEW)
    wrong = "000000" if code != "000000" else "111111"
    assert [confirm(browser, page, wrong).status for _ in range(5)] == [422] * 5
    assert confirm(browser, page, code).status == 429
    assert email_of(provider, alice) == address(alice)


def test_code_is_sent_once_a_minute_and_ends(provider: Provider, browser: Browser, alice: Person) -> None:
    """The next one a minute later, which voids the first; five minutes later none is good."""
    start = opened(provider, browser, alice)
    first = ask(browser, start)
    assert browser.submit(start, {"email": NEW}, button="send-code").status == 429
    provider.advance(61)
    second = ask(browser, start)
    assert confirm(browser, first, newest_code(provider.database, NEW)).status == 404
    provider.advance(301)
    assert confirm(browser, second, newest_code(provider.database, NEW)).status == 422
    assert email_of(provider, alice) == address(alice)


def test_proof_of_another_person_is_none(provider: Provider, browser: Browser, alice: Person, bob: Person) -> None:
    """Whoever has the address of the page and the code, and another session, is told that there is nothing."""
    page = ask(browser, opened(provider, browser, alice))
    other = provider.browser()
    opened(provider, other, bob)
    assert other.get(page.url).status == 404


def test_code_counts_once(provider: Provider, browser: Browser, alice: Person) -> None:
    """A second click finds nothing."""
    page = ask(browser, opened(provider, browser, alice))
    code = newest_code(provider.database, NEW)
    assert confirm(browser, page, code).status == 303
    assert confirm(browser, page, code).status == 404


def test_reset_by_mail_is_no_second_channel_after_a_change(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """Whoever reads a mailbox resets the password and changes the mailbox: still one channel, so never two steps."""
    bind(provider, alice, email=True)
    with provider.database.transaction() as tx:
        mailbox = Email().channel_of(address(alice))
        for each in credentials.list_credentials(tx, alice.id):
            if each.factor == "password":
                credentials.set_channel(tx, each.id, mailbox)
    page = ask(browser, opened(provider, browser, alice))
    assert confirm(browser, page, newest_code(provider.database, NEW)).status == 303
    attempt = bank.attempt(acr_values="urn:idp:acr:2sv")
    page = browser.follow(alice.answer(browser, browser.open(attempt.url), provider.clock.now()))
    assert not page.has("send-code")
    with provider.database.transaction() as tx:
        channels = {each.channel for each in credentials.list_credentials(tx, alice.id)}
    assert channels == {Email().channel_of(NEW)}


def test_address_stays_while_a_recovery_cools_off(provider: Provider, browser: Browser, alice: Person) -> None:
    """E7: whoever recovers by the mailbox alone gives themselves no other one meanwhile."""
    page = opened(provider, browser, alice)
    with provider.database.transaction() as tx:
        users.set_recovering(tx, alice.id, provider.clock.now() + timedelta(hours=24))
    refused = browser.submit(page, {"email": NEW}, button="send-code")
    assert (refused.status, "being recovered" in refused.document.text) == (422, True)
    assert messages(provider.database, to=NEW) == []


def test_number_is_changed_once_it_is_proved(provider: Provider, bob: Person, browser: Browser) -> None:
    """A code to the new number, a notice to every address before and after; nobody signs in by it afterwards."""
    page = bob.answer(browser, browser.open("/account/phone"), provider.clock.now())
    page = browser.follow(browser.submit(page, {"phone": "+1 202 555 0177"}, button="send-code"))
    assert "77" in page.document.text
    wrong = browser.submit(page, {"code": "000000"}, button="phone-submit")
    assert wrong.status == 422
    code = newest_code(provider.database, "+12025550177")
    done = browser.follow(browser.submit(wrong, {"code": code}, button="phone-submit"))
    assert done.document.text_in("phone") == "+12025550177"
    asked, changed = messages(provider.database, to="bob@example.com", purpose="notice")[:2]
    assert {"Your phone number is about to change", "Your phone number was changed"} == {asked.subject, changed.subject}
    assert held(provider, bob, "sms") == []
    with provider.unchanged("address_proofs"):
        assert browser.submit(wrong, {"code": code}, button="phone-submit").status == 404


@pytest.mark.parametrize("typed", ["", "abc", "+1 900 555 0100", "112"])
def test_number_that_cannot_be_sent_to_is_refused(
    provider: Provider, bob: Person, browser: Browser, typed: str
) -> None:
    """MSG-02: nothing is sent, nothing begun; the page says so."""
    page = bob.answer(browser, browser.open("/account/phone"), provider.clock.now())
    with provider.unchanged("outbox", "address_proofs"):
        refused = browser.submit(page, {"phone": typed}, button="send-code")
    assert (refused.status, refused.has("problem")) == (422, True)


def test_proof_of_a_number_changes_no_address(provider: Provider, bob: Person, browser: Browser) -> None:
    """ACR-15: what was begun as one kind of address is not taken as the other."""
    page = bob.answer(browser, browser.open("/account/phone"), provider.clock.now())
    page = browser.follow(browser.submit(page, {"phone": "+12025550177"}, button="send-code"))
    assert browser.get(page.url.replace("/phone/", "/email/")).status == 404
