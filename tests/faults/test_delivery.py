"""Gateways that fail, seen by the people who wait for what they should carry. Named by the rows of the list."""

import json
import re
from collections.abc import Iterator

import pytest

from idp.core.tokens import digest
from idp.delivery.mail import MAX_SUBJECT
from idp.records.delivery import store as outbox
from idp.records.delivery.model import OutboxMessage, State
from idp.records.throttle import store as throttle
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, send, set_up_totp
from tests.support.gateway import LOST, Answer, Gateway, gateway
from tests.support.mailbox import mailbox
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.workers import free_port

MFA = "urn:idp:acr:mfa"
NUMBER = "+12025550103"
KEY = "a%20secret%20of%20thirty-two%20characters"
DOWN = Answer(503)


@pytest.fixture
def told() -> Iterator[Gateway]:
    """A gateway for text messages."""
    with gateway() as it:
        yield it


@pytest.fixture
def texting(provider: Provider, told: Gateway) -> Iterator[Provider]:
    """The provider, with that gateway."""
    other = provider.restarted(IDP_SMS_URL=f"webhook+http://{KEY}@127.0.0.1:{told.port}/")
    yield other
    other.close()


def challenge(provider: Provider, browser: Browser, person: Person) -> Page:
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    return browser.follow(person.identify(browser, page)) if page.has("login-submit") else page


def fail(provider: Provider, told: Gateway) -> None:
    """Let the gateway fail until it is left alone."""
    told.usual = DOWN
    for wait in (0, 5, 5):
        provider.advance(wait)
        provider.deliver()


def code_in(told: Gateway, number: int) -> str:
    """Return the code of a message as the gateway got it."""
    found = re.search(r"(?<!\d)\d{6}(?!\d)", json.loads(told.told[number].body)["text"])
    assert found
    return found.group()


def is_through(provider: Provider, page: Page) -> bool:
    return page.location.startswith(provider.bank.redirect_uri)


def test_flt_19_whoever_has_another_way_is_asked_for_that(texting: Provider, told: Gateway, bob: Person) -> None:
    """FLT-19: while the gateway fails, text messages are not offered, and the page says so; then they are again."""
    bind(texting, bob, phone=NUMBER)
    browser = texting.browser()
    page = browser.follow(browser.submit(challenge(texting, browser, bob), button="choose-sms"))
    page = send(browser, page)
    fail(texting, told)
    assert browser.get(page.url).has("code"), "what may still arrive can still be typed"
    other = texting.browser()
    page = challenge(texting, other, bob)
    assert page.has("code")
    assert not page.has("choose-sms")
    assert "Text messages can’t be sent at the moment." in page.text
    told.usual = Answer()
    texting.advance(300)
    texting.deliver()
    other = texting.browser()
    assert challenge(texting, other, bob).has("choose-sms")


def test_flt_19_whoever_has_no_other_way_is_told_when(texting: Provider, told: Gateway, alice: Person) -> None:
    """FLT-19: honest words with the time, nothing issued; when the gateway is back, the newest code works once."""
    bind(texting, alice, phone=NUMBER)
    browser = texting.browser()
    send(browser, challenge(texting, browser, alice))
    fail(texting, told)
    other = texting.browser()
    with texting.nothing_issued():
        page = challenge(texting, other, alice)
    assert page.has("refuse-leave")
    assert "Text messages can’t be sent at the moment. Try again in" in page.text
    told.usual = Answer()
    texting.advance(301)
    texting.deliver()
    assert len({each.headers["webhook-id"] for each in told.told}) == 1
    page = send(other, other.get(page.url))
    texting.deliver()
    assert is_through(texting, alice.give_code(other, page, code_in(told, -1)))


def test_flt_19_what_failed_is_not_given_back(texting: Provider, told: Gateway, alice: Person) -> None:
    """FLT-19: limits count what was asked for, not what arrived; a page that is told no sends and counts nothing."""
    bind(texting, alice, phone=NUMBER)
    browser = texting.browser()
    page = send(browser, challenge(texting, browser, alice))
    fail(texting, told)
    key = f"send:sms:{digest(NUMBER)}"
    with texting.database.transaction() as tx:
        counted = throttle.get(tx, key)
    assert counted is not None
    assert counted.failures == 1
    texting.advance(60)
    texting.deliver()
    with texting.unchanged("outbox", "attempt_budgets"):
        refused = browser.submit(browser.get(page.url), button="send-code")
    assert refused.status == 422
    assert "Text messages can’t be sent at the moment. Try again in" in refused.text


def test_flt_20_double_late_and_out_of_order(texting: Provider, told: Gateway, alice: Person) -> None:
    """FLT-20: an old code is dead, the newest works once, twelve minutes later none does."""
    bind(texting, alice, phone=NUMBER)
    browser = texting.browser()
    page = send(browser, challenge(texting, browser, alice))
    texting.deliver()
    texting.advance(61)
    page = send(browser, browser.get(page.url))
    texting.deliver()
    old, new = code_in(told, 0), code_in(told, 1)
    if old != new:
        with texting.nothing_issued():
            page = alice.give_code(browser, page, old)
    assert is_through(texting, alice.give_code(browser, page, new))
    late = texting.browser()
    page = send(late, challenge(texting, late, alice))
    texting.deliver()
    texting.advance(12 * 60)
    with texting.nothing_issued():
        assert alice.give_code(late, page, code_in(told, -1)).status == 422


def test_flt_20_a_late_code_is_never_sent(texting: Provider, told: Gateway, alice: Person) -> None:
    """FLT-20: what the gateway could not take in time is given up, not sent late."""
    bind(texting, alice, phone=NUMBER)
    browser = texting.browser()
    send(browser, challenge(texting, browser, alice))
    texting.advance(5 * 60)
    texting.deliver()
    assert told.told == []
    (message,) = messages(texting.database)
    assert (message.state, message.text) == (State.DEAD, "")


@pytest.mark.parametrize("fault", [LOST, Answer(500), Answer(504)], ids=["lost", "500", "504"])
def test_flt_21_lost_reply(texting: Provider, told: Gateway, alice: Person, fault: Answer) -> None:
    """FLT-21: the same message under the same key, counted once; whoever drops duplicates delivers one."""
    bind(texting, alice, phone=NUMBER)
    told.script = [fault]
    browser = texting.browser()
    page = send(browser, challenge(texting, browser, alice))
    texting.deliver()
    texting.advance(2)
    texting.deliver()
    assert len(told.told) == 2
    assert told.told[0].body == told.told[1].body
    assert len(set(told.ids_told)) == 1
    with texting.database.transaction() as tx:
        counted = throttle.get(tx, f"send:sms:{digest(NUMBER)}")
    assert counted is not None
    assert counted.failures == 1
    assert is_through(texting, alice.give_code(browser, page, code_in(told, 1)))


def test_flt_22_mail_is_down(provider: Provider, alice: Person) -> None:
    """FLT-22: who forgot a password is answered as usual and at once; notices wait, and arrive when mail is back."""
    port = free_port()
    mailing = provider.restarted(
        IDP_SMTP_URL=f"smtp://127.0.0.1:{port}", IDP_MAIL_FROM="Example <no-reply@example.com>"
    )
    bind(mailing, alice, email=True)
    browser = mailing.browser()
    page = browser.open(mailing.bank.attempt(acr_values=MFA).url)
    page = send(browser, browser.follow(alice.identify(browser, page)))
    page = browser.follow(alice.give_code(browser, page, newest_code(mailing.database, address(alice))))
    set_up_totp(mailing, browser, page, alice)
    asked = mailing.browser()
    page = asked.open("/recover")
    answer = asked.follow(asked.submit(page, {"username": alice.username}, button="recover-submit"))
    assert answer.status == 200
    assert {message.attempts for message in messages(mailing.database) if message.state is State.WAITING} == {0}
    for _ in range(3 * 24):
        mailing.deliver()
        mailing.advance(3600)
    (notice,) = messages(mailing.database, purpose="notice")
    assert (notice.state, notice.reason) == (State.WAITING, "connection")
    with mailbox(port) as box:
        mailing.deliver()
    (mail,) = box.mails
    assert mail["Subject"] == "A way to sign in was added"
    assert {message.state for message in messages(mailing.database) if message.purpose != "notice"} == {State.DEAD}
    mailing.close()


def test_flt_23_poison(provider: Provider, alice: Person) -> None:
    """FLT-23: a bad address and five megabytes of a name are put aside or bounded; the queue flows."""
    with mailbox() as box:
        mailing = provider.restarted(
            IDP_SMTP_URL=f"smtp://127.0.0.1:{box.port}", IDP_MAIL_FROM="Example <no-reply@example.com>"
        )
        now = mailing.clock.now()
        letters = [
            {"to": "a@example.com\r\nBcc: x@example.com"},
            {"subject": "n" * 5_000_000},
            {"subject": "Hello\r\nBcc: x@example.com"},
            {},
        ]
        with mailing.database.transaction() as tx:
            for number, changes in enumerate(letters):
                plain = {"to": "a@example.com", "subject": "Hello", "text": "Hello"}
                outbox.add(
                    tx,
                    OutboxMessage(
                        id=f"m{number}", channel="email", purpose="notice", created_at=now, **(plain | changes)
                    ),
                )
        mailing.deliver()
        states = {message.id: message.state for message in messages(mailing.database)}
        assert states == {"m0": State.DEAD, "m1": State.SENT, "m2": State.DEAD, "m3": State.SENT}
        assert [to for recipients in box.recipients for to in recipients] == ["a@example.com"] * 2
        assert not any("x@example.com" in str(mail) for mail in box.mails)
        assert sorted(len(mail["Subject"]) for mail in box.mails) == [len("Hello"), MAX_SUBJECT]
        mailing.close()
