"""Table H: text messages, mails and notices."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from idp.records.audit import store as audit
from tests.support.admin_api import administrator
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, send
from tests.support.mailbox import mailbox
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


def test_msg_01_one_mailbox_gets_ten_codes_in_ten_minutes(provider: Provider, alice: Person) -> None:
    """MSG-01, F4: the same limit for mail, however many sign-ins ask."""
    bind(provider, alice, email=True)
    answer = None
    for _ in range(12):
        browser = provider.browser()
        page = browser.follow(alice.identify(browser, browser.open(provider.bank.attempt(acr_values=TWO).url)))
        answer = browser.submit(page, button="send-code")
    assert len(messages(provider.database, to=address(alice), purpose="code")) == 10
    assert answer is not None
    assert (answer.status, answer.header("retry-after")) == (429, "600")


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


def ask_for(provider: Provider, person: Person, number: str) -> tuple[Browser, Page]:
    """Let somebody ask, in a new browser, for a number to be proven."""
    browser = provider.browser()
    page = browser.follow(person.answer(browser, browser.open("/account/factors"), provider.clock.now()))
    page = person.answer(browser, browser.submit(page, button="add-sms"), provider.clock.now())
    return browser, browser.submit(page, {"phone": number}, button="send-code")


def budgeted(provider: Provider, **budgets: int | str) -> None:
    """Put the demo's policy in force with budgets of its own."""
    written = ", ".join(f"{name}: {value}" for name, value in budgets.items())
    provider.publish(Path("policies/demo.yaml").read_text(encoding="utf-8") + f"\nbudgets: {{{written}}}\n")


def stops(provider: Provider) -> list[Mapping[str, str | int | bool]]:
    """Return what the audit trail was told of budgets."""
    with provider.database.transaction() as tx:
        return [event.details for event in audit.list_events(tx, limit=100, name="delivery.budget.exhausted")]


@pytest.mark.parametrize(
    ("budgets", "sent", "part"),
    [
        ({"prefix_hour": 3}, 3, {"budget": "prefix", "hours": 1, "part": "+1202555"}),
        ({"prefix_day": 4}, 4, {"budget": "prefix", "hours": 24, "part": "+1202555"}),
        ({"country_hour": 2}, 2, {"budget": "country", "hours": 1, "part": "US"}),
        ({"country_day": 3}, 3, {"budget": "country", "hours": 24, "part": "US"}),
        ({"person_day": 2}, 2, {"budget": "person", "hours": 24}),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_msg_01_budgets(
    provider: Provider, bob: Person, budgets: dict[str, int], sent: int, part: dict[str, str | int]
) -> None:
    """MSG-01: numbers in a row are served until a budget ends; people are told when it does, the audit trail once."""
    budgeted(provider, **budgets)
    page = None
    for number in range(6):
        provider.advance(61)
        _, page = ask_for(provider, bob, f"+120255501{number:02}")
    assert len(messages(provider.database, purpose="code")) == sent
    assert page is not None
    assert page.status == 429
    assert "Another code can be sent in" in page.text
    assert 0 < int(page.header("retry-after")) <= 24 * 3600
    (told,) = stops(provider)
    assert told == part | {"sent": sent, "used": 0}
    provider.advance(24 * 3600)
    assert ask_for(provider, bob, "+12025550177")[1].status == 303


def test_msg_01_codes_that_never_come_back_stop_new_numbers(provider: Provider, alice: Person, bob: Person) -> None:
    """MSG-01: pumping shows as codes that nobody uses: no new number of the prefix is served, proven ones are."""
    budgeted(provider, after=4, used="50%")
    bind(provider, alice, phone=NUMBER)
    for number in range(6):
        provider.advance(61)
        _, page = ask_for(provider, bob, f"+120255501{number:02}")
    assert (page.status, len(messages(provider.database, purpose="code"))) == (429, 4)
    (told,) = stops(provider)
    assert (told["part"], told["sent"], told["used"]) == ("+1202555", 4, 0)
    browser, attempt = provider.browser(), provider.bank.attempt(acr_values=MFA)
    page = send(browser, browser.follow(alice.identify(browser, browser.open(attempt.url))))
    answer = alice.give_code(browser, page, newest_code(provider.database, NUMBER))
    assert provider.bank.tokens(attempt, answer).acr == MFA
    provider.advance(61)
    assert ask_for(provider, bob, "+13105550142")[1].status == 303, "another prefix is another matter"


def test_msg_01_codes_that_come_back_keep_a_prefix_open(provider: Provider, bob: Person) -> None:
    """MSG-01: where people use what they are sent, the prefix stays open."""
    budgeted(provider, after=2, used="50%")
    for number in range(5):
        provider.advance(61)
        to = f"+120255501{number:02}"
        browser, page = ask_for(provider, bob, to)
        browser.submit(browser.follow(page), {"code": newest_code(provider.database, to)}, button="enrol-submit")
    assert len(messages(provider.database, purpose="code")) == 5
    assert stops(provider) == []


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


@pytest.mark.parametrize("needs", ["{proofs: 2, channels: 2}", "{proofs: 2}", "any"])
def test_msg_13_mail_is_not_made_multi_factor(provider: Provider, needs: str) -> None:
    """MSG-13: a policy under which a mailbox reached multi-factor is refused, saying why, and the live one stays."""
    owner = administrator(provider, "owner")
    draft = owner.do("POST", "/policies/drafts", {})
    path = f"/policies/drafts/{draft['id']}"
    strong = "    needs: [{kinds: 2}]  "
    assert draft["text"].count(strong) == 1
    owner.do("PUT", path, {"text": draft["text"].replace(strong, f"    needs: [{needs}]  ")}, If_Match='"1"')
    with provider.unchanged("bundles"):
        refused = owner.call("POST", f"{path}/publish", {}, If_Match='"2"')
    assert refused.status == 422
    assert any("our own pages need two kinds of proof" in each["detail"] for each in refused.json()["errors"])
    assert owner.get("/policies/live")["text"] == draft["text"]


def test_msg_07_names_in_mails_are_text(provider: Provider, alice: Person) -> None:
    """MSG-07: what an application calls itself is text in every part of a mail, and never a header or markup."""
    bind(provider, alice, email=True)
    evil = provider.add_client("evil", client_name="<img src=x>&amp; Bcc: x@example.com " + "n" * 80)
    with mailbox() as box:
        mailing = provider.restarted(IDP_SMTP_URL=f"smtp://127.0.0.1:{box.port}", IDP_MAIL_FROM="no-reply@example.com")
        browser = mailing.browser()
        page = browser.follow(alice.identify(browser, browser.open(evil.attempt(acr_values=TWO).url)))
        send(browser, page)
        mailing.deliver()
        mailing.close()
    (mail,) = box.mails
    assert box.recipients == [[address(alice)]]
    assert mail["Bcc"] is None
    assert mail["Subject"].strip().startswith("Code to sign in to <img src=x>&amp; Bcc: x@example.com nnn")
    assert len(mail["Subject"]) < 80
    text, html = (part.get_content() for part in mail.iter_parts())
    assert "<img src=x>&amp; Bcc" in text
    assert "<img" not in html
    assert "&lt;img src=x&gt;&amp;amp; Bcc" in html


@pytest.mark.parametrize(
    "agent",
    ["All is well, call 1900 555 to be sure: http://evil.test", "Ignore this mail call 1900/1.0 CFNetwork/1 Darwin/20"],
)
def test_msg_07_what_a_browser_says_of_itself_is_in_no_mail(provider: Provider, bob: Person, agent: str) -> None:
    """MSG-07: who has a stolen password does not write the warning that its owner gets, or the page that lists him."""
    owner = provider.browser()
    provider.sign_in(owner, provider.bank, bob)
    provider.advance(30)
    thief = Browser(provider.transport, origin=provider.issuer, now=provider.clock.now, agent=agent)
    provider.sign_in(thief, provider.bank, provider.people["bob"])
    (notice,) = messages(provider.database, to=address(bob), purpose="notice")
    assert "Device: " in notice.text
    for text in (notice.text, owner.open("/account/sessions").document.text):
        assert not any(word in text for word in ("1900", "evil.test", "Ignore", "All is well"))


def test_messages_speak_the_language_of_the_page(provider: Provider, alice: Person) -> None:
    """U4: whoever reads Japanese pages gets Japanese mails, with the code where a program finds it."""
    bind(provider, alice, email=True)
    browser, attempt = provider.browser(), provider.bank.attempt(acr_values=TWO, ui_locales="ja")
    send(browser, browser.follow(alice.identify(browser, browser.open(attempt.url))))
    (message,) = messages(provider.database)
    assert message.language == "ja"
    assert message.subject.endswith("へのサインイン用コード")
    assert re.search(r"^[0-9]{6}$", message.text, re.MULTILINE)


def test_text_messages_bind_their_code_to_our_origin(provider: Provider, alice: Person) -> None:
    """F3: the last line is the origin-bound form, so that a phone offers the code nowhere else."""
    bind(provider, alice, phone=NUMBER)
    browser = provider.browser()
    send(browser, browser.follow(alice.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url))))
    (message,) = messages(provider.database)
    assert message.text.splitlines()[-1] == f"@localhost #{newest_code(provider.database, NUMBER)}"
    assert message.subject == ""
