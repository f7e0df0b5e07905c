"""ADM-29: a test message is no way to send anything to anybody else, nor often, nor without the right to it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.admin_api import administrator
from tests.support.browser import Browser
from tests.support.fixtures import Template, maker
from tests.support.person import Person
from tests.support.provider import Provider

PATH = "/admin/delivery"
NUMBER = "+12025550178"


@pytest.fixture(scope="module")
def sending(request: pytest.FixtureRequest, filled: Template) -> Iterator[Provider]:
    """One provider for this file, with a gateway to which nothing is handed over."""
    with maker(request, filled) as make:
        yield make(
            IDP_SMTP_URL="smtp://127.0.0.1:9",
            IDP_MAIL_FROM="no-reply@example.com",
            IDP_SMS_URL="webhook+http://whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw@127.0.0.1:9/",
        )


def opened(provider: Provider, role: str, *, name: str = "") -> Browser:
    """Return the browser of somebody with a role who has just proved what the console asks."""
    proven = {"phone": NUMBER, "phone_verified_at": provider.clock.now()}
    person = provider.add_person(name or f"tests-as-{role}", has_totp=True, roles=(role,), **proven)
    provider.advance(31)  # a code of an app is good once
    browser = provider.browser()
    assert person.answer(browser, browser.open("/admin/"), provider.clock.now()).status == 200
    return browser


def form_of(browser: Browser, path: str = PATH) -> dict[str, str]:
    """Return what every form of a person's console sends: its token."""
    return {"csrf_token": dict(browser.get(path).document.forms[0].entries({}, None))["csrf_token"]}


@contextmanager
def nothing_sent(provider: Provider) -> Iterator[None]:
    """Check that no message comes to be, and that the trail tells of none."""
    with provider.unchanged("outbox"):
        before = provider.count("audit_events WHERE name LIKE 'delivery.%.tested'")
        yield
        assert provider.count("audit_events WHERE name LIKE 'delivery.%.tested'") == before


def sent_to(provider: Provider) -> list[str]:
    return sorted(row[0] for row in provider._query("SELECT \"to\" FROM outbox WHERE purpose = 'test'"))


def test_adm_29_strangers_people_and_auditors_test_nothing(sending: Provider, alice: Person) -> None:
    """ADM-29: anonymous, a person without a role, an auditor; with a token of their own page."""
    theirs = sending.browser()
    sending.sign_in(theirs, sending.parties["bank"], sending.people[alice.username])
    auditor = opened(sending, "auditor")
    tokens = {"csrf_token": "x"}, form_of(theirs, "/account/profile"), form_of(auditor)
    for verb in ("test:email", "test:sms", "retry:x", "let_go:x"):
        with nothing_sent(sending):
            for browser, token, statuses in (
                (sending.browser(), tokens[0], {303, 403}),
                (theirs, tokens[1], {403}),
                (auditor, tokens[2], {403}),
            ):
                answer = browser.post(PATH, token | {"choice": verb})
                assert answer.status in statuses, (verb, answer)
                assert answer.status == 403 or "/login/" in answer.location


def test_adm_29_no_request_names_another_address(sending: Provider) -> None:
    """ADM-29: whatever is planted beside the channel, a test goes to the administrator's own address or nowhere."""
    helper = opened(sending, "helpdesk")
    token = form_of(helper)
    with nothing_sent(sending):
        for choice in (
            "test:email:victim@example.org",
            "test:victim@example.org",
            "test:EMAIL",
            "test:email,sms",
            "test:+12025550199",
        ):
            assert helper.post(PATH, token | {"choice": choice}).status == 404, choice
    before = sent_to(sending)
    planted = {"to": "victim@example.org", "email": "victim@example.org", "phone": "+12025550199", "user": "alice"}
    assert helper.post(f"{PATH}?to=victim@example.org", token | planted | {"choice": "test:email"}).status == 303
    assert sent_to(sending) == sorted([*before, "tests-as-helpdesk@example.com"])


def test_adm_29_unproven_address_is_no_address(sending: Provider) -> None:
    """ADM-29: what an administrator was only said to have may be somebody else's."""
    changes = {"email_verified_at": None, "phone": "+12025550199", "phone_verified_at": None}
    person = sending.add_person("unproven", has_totp=True, roles=("admin",), **changes)
    browser = sending.browser()
    assert person.answer(browser, browser.open("/admin/"), sending.clock.now()).status == 200
    with nothing_sent(sending):
        for channel in ("email", "sms"):
            answer = browser.post(PATH, form_of(browser) | {"choice": f"test:{channel}"})
            assert answer.status == 422
            assert "unproven@" not in answer.text
            assert "5550199" not in answer.text


def test_adm_29_budget_ends_over_channels_and_sessions(sending: Provider) -> None:
    """ADM-29: five an hour of one person, whichever channel and browser; twelve at once send no more."""
    browsers = opened(sending, "owner"), opened(sending, "owner")
    tokens = [form_of(browser) for browser in browsers]
    before, statuses = len(sent_to(sending)), []

    def post(number: int) -> None:
        choice = ("test:email", "test:sms")[number // 2 % 2]
        statuses.append(browsers[number % 2].post(PATH, tokens[number % 2] | {"choice": choice}).status)

    threads = [threading.Thread(target=post, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303] * 5 + [429] * 7
    assert len(sent_to(sending)) == before + 5
    with nothing_sent(sending):
        answer = browsers[0].post(PATH, tokens[0] | {"choice": "test:sms"})
        assert answer.status == 429
        assert "one test too many" in answer.document.text
    sending.advance(3601)
    again = opened(sending, "owner")
    assert again.post(PATH, form_of(again) | {"choice": "test:email"}).status == 303
    assert len(sent_to(sending)) == before + 6


def test_adm_29_test_wants_a_fresh_proof_and_its_own_page(sending: Provider) -> None:
    """ADM-29: ten minutes later it asks anew, and from another site or without a token it is refused."""
    helper = opened(sending, "admin")
    token = form_of(helper)
    with nothing_sent(sending):
        assert helper.post(PATH, {"choice": "test:email"}).status == 403
        assert helper.post(PATH, token | {"choice": "test:email"}, site="https://evil.example").status in {303, 403}
        sending.advance(601)
        asked = helper.post(PATH, token | {"choice": "test:email"})
        assert asked.status == 303
        assert "/login/" in asked.location


def test_adm_29_outcome_is_shown_to_whoever_asked_alone(sending: Provider) -> None:
    """ADM-29: the id of another's test, or of a message that is none, tells nothing."""
    mine = opened(sending, "admin")
    answer = mine.post(PATH, form_of(mine) | {"choice": "test:email"})
    assert mine.follow(answer).has("tested")
    other = opened(sending, "helpdesk")
    for path in (answer.location, f"{PATH}?tested=nothing", f"{PATH}?tested={'x' * 300}"):
        page = other.get(path)
        assert (page.status, page.has("tested")) == (200, False)


def test_adm_29_the_api_is_no_other_door(sending: Provider) -> None:
    """ADM-29: the same address, the same limit, the same trail; nothing of the message is told but where it went."""
    proven = {"phone": NUMBER, "phone_verified_at": sending.clock.now()}
    sending.add_person("the-helpdesk", has_totp=True, roles=("helpdesk",), **proven)
    sending.advance(31)
    api = administrator(sending, "helpdesk")
    before = sending.count("outbox")
    sent = api.call("POST", "/delivery/tests", {"channel": "sms"})
    assert (sent.status, set(sent.json())) == (201, {"id", "to"})
    assert NUMBER not in sent.text
    for _ in range(4):
        assert api.call("POST", "/delivery/tests", {"channel": "sms"}).status in {201, 429}
    while api.call("POST", "/delivery/tests", {"channel": "email"}).status == 201:
        pass
    page = api.call("POST", "/delivery/tests", {"channel": "sms"})
    assert (page.status, page.json()["type"]) == (429, "urn:idp:problem:send_limited")
    assert sending.count("outbox") <= before + 5
    assert "delivery.sms.tested" in sending.stored("audit_events", "name")
