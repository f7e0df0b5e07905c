"""The console's page of delivery: channels, what was given up, and a test to oneself."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from idp.records.audit import store as audit
from idp.records.delivery import store as outbox
from idp.records.delivery.model import OutboxMessage, State
from idp.records.delivery.outages import store as outages
from tests.admin.conftest import staff
from tests.delivery.kit import a_message, a_notice, found, put
from tests.support.browser import Browser, Page
from tests.support.fixtures import Template, maker
from tests.support.gateway import Answer, Gateway, gateway
from tests.support.mailbox import Mailbox, mailbox
from tests.support.outbox import messages
from tests.support.provider import Provider

KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NUMBER = "+12025550177"
SECRET = "the words of a notice"
PATH = "/admin/delivery"


@pytest.fixture(scope="module")
def told() -> Iterator[Gateway]:
    with gateway() as it:
        yield it


@pytest.fixture(scope="module")
def box() -> Iterator[Mailbox]:
    with mailbox() as it:
        yield it


@pytest.fixture(scope="module")
def sending(request: pytest.FixtureRequest, filled: Template, told: Gateway, box: Mailbox) -> Iterator[Provider]:
    """One provider with gateways for all tests of this file."""
    with maker(request, filled) as make:
        it = make(
            IDP_SMS_URL=f"webhook+http://{KEY}@127.0.0.1:{told.port}/",
            IDP_SMTP_URL=f"smtp://127.0.0.1:{box.port}",
            IDP_MAIL_FROM="no-reply@example.com",
        )
        it.add_person(
            "the-helpdesk", has_totp=True, roles=("helpdesk",), phone=NUMBER, phone_verified_at=it.clock.now()
        )
        it.deliver()
        yield it


@pytest.fixture
def helper(sending: Provider) -> Browser:
    """Somebody of the helpdesk, in the console, an hour after whoever was there before."""
    sending.advance(3700)
    browser = staff(sending, "helpdesk")[0]
    sending.deliver()
    return browser


def click(browser: Browser, button: str, page: Page | None = None) -> Page:
    answer = browser.submit(page or browser.get(PATH), button=button)
    return browser.follow(answer) if answer.status == 303 else answer


def row(page: Page, start: str) -> str:
    return page.text[page.text.index(start) :].partition("</tr>")[0]


def buried(provider: Provider, message: OutboxMessage, reason: str = "recipient_550") -> OutboxMessage:
    """Put a message into the outbox that was tried once and given up."""
    now = provider.clock.now()
    put(provider.database, message)
    with provider.database.transaction() as tx:
        claimed = outbox.claim(tx, message.id, seen=0, now=now, until=now)
        assert claimed is not None
        assert outbox.bury(tx, claimed, now=now, reason=reason, is_kept=message.purpose == "notice")
    return message


def events(provider: Provider, name: str) -> list[str]:
    with provider.database.transaction() as tx:
        return [str(each.details["message"]) for each in audit.list_events(tx, limit=50, name=name)]


def test_channels_tell_gateway_failures_and_what_waits(sending: Provider, helper: Browser) -> None:
    """Each with its carrier's name, the breaker's state, how many wait and for how long."""
    now = sending.clock.now()
    put(sending.database, a_message(channel="voice", created_at=now - timedelta(minutes=9)), a_message(channel="voice"))
    page = helper.get(PATH)
    assert "<code>smtp</code>" in row(page, 'id="channel-email"')
    assert "No failure" in row(page, 'id="channel-email"')
    assert "<code>webhook</code>" in row(page, 'id="channel-sms"')
    voice = row(page, 'id="channel-voice"')
    assert "wait for a gateway" in voice
    assert '<td class="number">2</td>' in voice
    assert not page.has("test-voice")
    assert "1 failure in a row" in _failed(sending, helper, times=1)
    resting = _failed(sending, helper, times=2)
    assert "3 failures in a row" in resting
    assert f"Left alone until {now + timedelta(seconds=60):%Y-%m-%d %H:%M:%S}" in resting
    sending.advance(61)
    assert "The next message shows" in row(helper.get(PATH), 'id="channel-sms"')
    with sending.database.transaction() as tx:
        outages.note_success(tx, "sms")
    assert "No failure" in row(helper.get(PATH), 'id="channel-sms"')


def _failed(provider: Provider, browser: Browser, *, times: int) -> str:
    with provider.database.transaction() as tx:
        for _ in range(times):
            outages.note_failure(tx, "sms", after=3, until=provider.clock.now() + timedelta(seconds=60))
    return row(browser.get(PATH), 'id="channel-sms"')


def test_age_of_what_waits_is_said(sending: Provider, helper: Browser) -> None:
    """In words, beside the moment."""
    put(sending.database, a_message(channel="push", created_at=sending.clock.now() - timedelta(minutes=9)))
    assert "for 9 minutes" in row(helper.get(PATH), 'id="channel-push"')


def test_dead_letters_tell_why_and_neither_text_nor_address(sending: Provider, helper: Browser) -> None:
    """Addresses are masked; what can be tried again has buttons, for the helpdesk and not for an auditor."""
    notice = buried(sending, a_notice(to="victim@example.org", text=SECRET, subject=SECRET))
    code = buried(sending, a_message(to="+12025550199", text=SECRET), reason="gateway_404")
    auditor = staff(sending, "auditor")[0].get(PATH)
    page = helper.get(PATH)
    for each in (page, auditor):
        assert SECRET not in each.text
        assert "victim" not in each.text
        assert "5550199" not in each.text
        assert "v•••@example.org" in each.text
        assert "••••\u00a099" in each.text
        assert "recipient_550" in each.text
        assert "gateway_404" in each.text
    assert page.has(f"retry-{notice.id}")
    assert page.has(f"let-go-{notice.id}")
    assert not page.has(f"retry-{code.id}")
    assert not auditor.has(f"retry-{notice.id}")
    assert not auditor.has("test-email")


def test_notice_is_tried_again(sending: Provider, helper: Browser, box: Mailbox) -> None:
    """It leaves anew and the trail knows who; a second click on an old page changes nothing and says so."""
    notice = buried(sending, a_notice(to="again@example.org", text=SECRET))
    old = helper.get(PATH)
    assert "tried again at once" in click(helper, f"retry-{notice.id}", old).document.text
    assert found(sending.database, notice).state is State.WAITING
    again = click(helper, f"retry-{notice.id}", old)
    assert again.status == 422
    assert "not given up" in again.document.text
    assert events(sending, "delivery.retried") == [notice.id]
    sending.deliver()
    assert found(sending.database, notice).state is State.SENT
    assert ["again@example.org"] in box.recipients


def test_notice_is_let_go(sending: Provider, helper: Browser) -> None:
    """Its text is gone, so that nobody tries it again; that it was given up, and why, stays."""
    notice = buried(sending, a_notice(text=SECRET))
    old = helper.get(PATH)
    assert "text is erased" in click(helper, f"let-go-{notice.id}", old).document.text
    now = found(sending.database, notice)
    assert (now.state, now.text, now.reason) == (State.DEAD, "", "recipient_550")
    for button in ("retry", "let-go"):
        assert click(helper, f"{button}-{notice.id}", old).status == 422
    assert found(sending.database, notice) == now
    assert events(sending, "delivery.let_go") == [notice.id]


def test_waiting_and_unknown_messages_are_left_alone(sending: Provider, helper: Browser) -> None:
    """What is on its way is not let go; what is not there is 404, and so is what nobody offers."""
    waiting = a_message(channel="voice", text=SECRET)
    put(sending.database, waiting)
    form = dict(helper.get(PATH).document.form_with("test-email").entries({}, None))
    for choice, status in (
        (f"let_go:{waiting.id}", 422),
        (f"retry:{waiting.id}", 422),
        ("retry:nothing", 404),
        ("let_go:nothing", 404),
        ("test:push", 404),
        ("test:", 404),
        ("bury:x", 404),
        ("", 404),
    ):
        assert helper.post(PATH, form | {"choice": choice}).status == status, choice
    assert found(sending.database, waiting).text == SECRET


@pytest.mark.parametrize(("channel", "to"), [("email", "the-helpdesk@example.com"), ("sms", NUMBER)])
def test_test_goes_to_oneself_and_its_outcome_is_shown(
    sending: Provider, helper: Browser, told: Gateway, box: Mailbox, channel: str, to: str
) -> None:
    """On its way, then taken by the gateway; it holds no secret, and the trail names who asked."""
    before = len(box.mails), len(told.told)
    page = click(helper, f"test-{channel}")
    assert "on its way" in page.document.text
    sending.deliver()
    page = helper.get(page.url)
    assert "The gateway took the test" in page.document.text
    assert not page.has("look-again")
    arrived = len(box.mails) - before[0], len(told.told) - before[1]
    assert arrived == ((1, 0) if channel == "email" else (0, 1))
    if channel == "email":
        assert box.recipients[-1] == [to]
        assert "A test from localhost" in str(box.mails[-1]["Subject"])
    else:
        body = json.loads(told.told[-1].body)
        assert (body["to"], body["purpose"]) == (to, "test")
        assert "This is a test from localhost" in body["text"]
    sent = messages(sending.database, to=to, purpose="test")[0]
    assert events(sending, f"delivery.{channel}.tested") == [sent.id]


def test_refused_test_says_why(sending: Provider, helper: Browser, told: Gateway) -> None:
    """What the gateway will never take, and what it has not taken yet."""
    told.script = [Answer(status=422)]
    page = click(helper, "test-sms")
    sending.deliver()
    said = helper.get(page.url).document.text
    assert "The test was given up. http_422" in said
    told.script = [Answer(status=503)]
    page = click(helper, "test-sms")
    sending.deliver()
    said = helper.get(page.url).document.text
    assert "not taken the test yet" in said
    assert "503" in said


def test_page_and_test_speak_japanese(sending: Provider, helper: Browser, box: Mailbox) -> None:
    """The page and the mail, in the language that the browser wants."""
    page = helper.get(PATH, headers={"Accept-Language": "ja"})
    assert "経路とゲートウェイ" in page.document.text
    form = dict(page.document.form_with("test-email").entries({}, None)) | {"choice": "test:email"}
    assert helper.post(PATH, form, headers={"Accept-Language": "ja"}).status == 303
    sending.deliver()
    assert str(box.mails[-1]["Subject"]) == "localhostからのテスト"


def test_nothing_is_tested_without_gateway_or_proven_address(sending: Provider, helper: Browser) -> None:
    """Neither is offered; whoever asks all the same is told, and nothing is sent."""
    owner = staff(sending, "owner")[0]
    page = owner.get(PATH)
    assert page.has("test-email")
    assert not page.has("test-sms"), "an owner without a number"
    form = dict(page.document.form_with("test-email").entries({}, None))
    with sending.unchanged("outbox"):
        for choice in ("test:sms", "test:voice"):
            answer = owner.post(PATH, form | {"choice": choice})
            assert answer.status == 422
            assert "No test can be sent this way" in answer.document.text
