"""Table D: forgotten passwords, recovery, and what people say was not them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.people.helping import Helping
from idp.admin.staff import Staff
from idp.core.assurance import traits_table
from idp.core.tokens import SystemTokens
from idp.factors.base import Cost
from idp.login.lost_factors import issue_code
from idp.login.notices import Notices
from idp.login.policies import Policies
from idp.login.recovery.links import MailedLinks
from idp.login.recovery.requesting import BY_ADDRESS, BY_NAME, PURPOSE
from idp.login.sender import Sender
from idp.login.telling import Telling
from idp.policy.loader import load_path
from idp.records.delivery.model import NOTICE
from idp.records.users import store as users
from idp.web.languages import read_catalogues
from tests.flows.test_ticket import bring
from tests.support.afterwards import offline, refresh
from tests.support.enrolment import address, bind, held, send, set_up_totp
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.recovery import NEW_PASSWORD, ask, choose, link_in, report, report_link, reset, reset_link

MFA, ONE = "urn:idp:acr:mfa", "urn:idp:acr:1fa"


def test_enr_12_reset_keeps_the_second_factor(make_provider: MakeProvider) -> None:
    """ENR-12: who reads bob's mail gets a password by it, and no session; his app is asked for, and is still his."""
    provider = make_provider()
    provider.publish(Path("policies", "default.yaml").read_text())
    bob = provider.people["bob"]
    before = held(provider, bob)
    thief = provider.browser()
    with provider.nothing_issued():
        page = choose(thief, reset_link(provider, bob))
    assert page.has("open-account")
    assert provider.cookie("session") not in str(thief.jar.header(provider.issuer, is_lax_allowed=True))
    page = thief.follow(bob.identify(thief, thief.open(provider.bank.attempt().url), password=NEW_PASSWORD))
    assert page.has("challenge-submit")
    assert page.has("code")
    assert held(provider, bob) == before


def test_enr_12_mailbox_is_one_channel(provider: Provider, bob: Person) -> None:
    """ENR-12: a password reset by mail and a code by mail are one channel, until the app has been used beside it."""
    bind(provider, bob, email=True)
    bob = reset(provider, bob)
    browser = provider.browser()
    two = {"acr_values": "urn:idp:acr:2sv"}
    page = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt(**two).url)))
    assert page.has("code")
    assert not page.has("choose-email")
    assert provider.sign_in(browser, provider.bank, bob, acr_values=MFA).acr == MFA
    other = provider.browser()
    page = other.follow(bob.identify(other, other.open(provider.bank.attempt(**two).url)))
    assert page.has("choose-email")


@pytest.fixture
def link(provider: Provider, bob: Person) -> str:
    return reset_link(provider, bob)


def refused(provider: Provider, link: str) -> None:
    """Check that a link does nothing, by GET or by POST, and that the old password stays."""
    browser = provider.browser()
    before = provider.stored("credentials", "id")
    assert browser.open(link).status in (404, 410)
    assert browser.post(link, {"password": "something else of theirs", "user": "alice"}).status in (404, 410)
    assert provider.stored("credentials", "id") == before


def test_enr_13_link_is_good_once(provider: Provider, bob: Person, link: str) -> None:
    """ENR-13: a second use is refused."""
    assert choose(provider.browser(), link).has("open-account")
    refused(provider, link)


@pytest.mark.parametrize(("least", "more"), [(1, ""), (20, ""), (0, "x")], ids=["shorter", "prefix", "longer"])
def test_enr_13_parts_open_nothing(provider: Provider, link: str, least: int, more: str) -> None:
    """ENR-13: a prefix, or one character more, is nothing."""
    refused(provider, link[: len(link) - least] + more)


def test_enr_13_link_is_for_its_person(provider: Provider, alice: Person, bob: Person, link: str) -> None:
    """ENR-13: who is named in the form says nothing: the link is bob's."""
    browser = provider.browser()
    fields = {"password": NEW_PASSWORD, "user": alice.username, "user_id": alice.id, "username": alice.username}
    assert browser.post(link, fields).status == 303
    assert alice.identify(browser, browser.open(provider.bank.attempt().url)).location.startswith("https://rp1.test")


def test_enr_13_newer_link_voids_the_older(provider: Provider, bob: Person, link: str) -> None:
    """ENR-13: only the newest opens anything."""
    newer = reset_link(provider, bob)
    refused(provider, link)
    assert choose(provider.browser(), newer).has("open-account")


def test_enr_13_link_ends(provider: Provider, bob: Person, link: str) -> None:
    """ENR-13: fifteen minutes, and not a second more."""
    provider.advance(15 * 60)
    refused(provider, link)


def test_enr_13_other_mailbox_or_suspension_voids_the_link(provider: Provider, bob: Person, link: str) -> None:
    """ENR-13, SES-14: after a change of address, or once bob is out, the link is nothing."""
    with provider.database.transaction() as tx:
        user = users.get(tx, bob.id)
        assert user is not None
        users.save(tx, replace(user, email="elsewhere@example.com"))
    refused(provider, link)
    with provider.database.transaction() as tx:
        users.save(tx, user)
    assert provider.browser().open(link).has("password-submit")
    provider.disable(bob)
    refused(provider, link)


def test_enr_13_link_does_one_thing(provider: Provider, bob: Person, link: str) -> None:
    """ENR-09: a link for a password reports nothing, and is still good for what it was made for."""
    token = link.rpartition("/")[2]
    browser = provider.browser()
    assert browser.post(f"/recover/not-me/{token}", {}).status == 410
    assert browser.open(link).has("password-submit")


def test_enr_13_link_is_not_stored(provider: Provider, link: str) -> None:
    """ENR-13: the database holds a hash of its token, and the text of the mail sealed."""
    assert link.rpartition("/")[2] not in provider.dump()


def test_msg_09_opening_a_link_uses_nothing_up(provider: Provider, bob: Person, link: str) -> None:
    """MSG-09, SES-25: scanners that GET and HEAD it do no harm."""
    scanner = provider.browser()
    for _ in range(3):
        assert scanner.open(link).status == 200
        assert scanner._send("HEAD", link, {}, b"", is_lax_allowed=True).status == 200
    assert choose(provider.browser(), link).has("open-account")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.test"},
        {"X-Forwarded-Host": "evil.test"},
        {"Forwarded": "host=evil.test;proto=http"},
        {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.test"},
    ],
    ids=["host", "x-forwarded-host", "forwarded", "proto"],
)
def test_enr_14_links_come_from_the_issuer(provider: Provider, bob: Person, headers: Mapping[str, str]) -> None:
    """ENR-14: whatever the headers say, the link is the configured issuer's."""
    browser = provider.browser()
    browser.post("/recover", {"username": bob.username}, headers=headers)
    (mail,) = messages(provider.database, to=address(bob), purpose=PURPOSE)
    assert link_in(mail.text).startswith(f"{provider.issuer}/recover/password/")
    assert "evil.test" not in mail.text


def test_ses_08_unknown_names_have_the_same_answer(provider: Provider, bob: Person) -> None:
    """SES-08: known, unknown, suspended, without a mailbox: one answer, and as many writes."""
    provider.add_person("mute", email="", email_verified_at=None)
    provider.disable(provider.people["carol"])
    names = (bob.username, "nobody-at-all", "carol", "mute", "x" * 5000, "nobody@example.com")
    answers = set()
    for name in names:
        page = ask(provider.browser(), name)
        answers.add((page.status, page.url, page.document.text))
    assert len(answers) == 1
    assert [message.to for message in messages(provider.database)] == [address(bob)]


def test_ses_08_address_names_its_person(provider: Provider, bob: Person) -> None:
    """An address that is one person's will do for the name."""
    ask(provider.browser(), f" {address(bob).upper()} ")
    assert [message.to for message in messages(provider.database)] == [address(bob)]


def test_msg_01_requests_are_bounded(provider: Provider, bob: Person) -> None:
    """A name is answered a few times, silently; an address is told to wait, whoever it names (429, Retry-After)."""
    for _ in range(BY_NAME.most + 2):
        assert ask(provider.browser(), bob.username).url.endswith("/recover/sent")
    assert len(messages(provider.database)) == BY_NAME.most
    for number in range(BY_ADDRESS.most - BY_NAME.most - 2):
        ask(provider.browser(), f"somebody{number}")
    for name in ("alice", "nobody"):
        page = ask(provider.browser(), name)
        assert (page.status, page.has("problem"), page.header("retry-after")) == (429, True, "600")
    assert messages(provider.database, to="alice@example.com") == []


def test_ses_05_forms_of_other_sites_do_nothing(provider: Provider, bob: Person, link: str) -> None:
    """SES-05: a form of another site, or of no known one, is refused, on each page of `/recover`."""
    bind(provider, bob, email=True)
    browser = provider.browser()
    before = provider.dump()
    for path in ("/recover", link, "/recover/not-me/" + "x" * 43):
        for site in ("https://evil.test", "null", None):
            assert browser.post(path, {"username": bob.username, "password": NEW_PASSWORD}, site=site).status == 403
    assert provider.dump() == before


def test_enr_13_weak_passwords_keep_the_link(provider: Provider, bob: Person, link: str) -> None:
    """SES-27: what is too short, too long or nothing is refused beside the field; the link is still good."""
    browser = provider.browser()
    for password in ("", "short", "x" * 129):
        page = choose(browser, link, password)
        assert (page.status, page.has("problem")) == (422, True)
    assert choose(browser, link).has("open-account")


@pytest.mark.parametrize("ends_all", [True, False])
def test_enr_12_reset_ends_what_stands(provider: Provider, bob: Person, link: str, ends_all: bool) -> None:
    """By default everybody is signed out and nothing can be refreshed; who wishes to stays signed in."""
    browser = provider.browser()
    tokens = offline(provider, browser, provider.bank, bob)
    waiting = provider.browser()
    page = waiting.follow(bob.identify(waiting, waiting.open(provider.bank.attempt(acr_values=MFA).url)))
    choose(provider.browser(), link, ends_all=ends_all)
    assert browser.open("/account/sessions").has("login-submit") is ends_all
    assert refresh(provider.bank, tokens.reply["refresh_token"]).status == (400 if ends_all else 200)
    # What was proved on the way, by the old password, is over in any case.
    assert waiting.submit(page, {"code": bob.code(provider.clock.now())}, button="challenge-submit").status == 410


def test_enr_23_reset_is_told_everywhere(provider: Provider, bob: Person) -> None:
    """ENR-23: every proven address is told what happened, when and where, with no secret and one link to report it."""
    with provider.database.transaction() as tx:
        user = users.get(tx, bob.id)
        assert user is not None
        users.save(tx, replace(user, phone="+12025550142", phone_verified_at=provider.clock.now()))
    reset(provider, bob)
    mail, text = (messages(provider.database, to=to, purpose=NOTICE)[0] for to in (address(bob), "+12025550142"))
    assert (mail.channel, text.channel) == ("email", "sms")
    for notice in (mail, text):
        assert link_in(notice.text).startswith(f"{provider.issuer}/recover/not-me/")
        assert NEW_PASSWORD not in notice.text
    assert "2026-" in mail.text
    assert "Device: Linux\n" in mail.text


def test_enr_21_mailbox_alone_cools_off(provider: Provider, alice: Person) -> None:
    """ENR-21: who has a mailbox alone signs in again, is held below multi-factor for a day, and is told."""
    bind(provider, alice, email=True)
    alice = reset(provider, alice)
    browser = provider.browser()
    assert provider.sign_in(browser, provider.bank, alice).acr == ONE
    assert "being recovered" in messages(provider.database, to=address(alice), purpose=NOTICE)[0].subject
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    assert not {"choose-totp", "totp-secret"} & page.document.ids
    provider.advance(24 * 3600)
    page = browser.follow(alice.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    page = send(browser, page)
    page = browser.follow(alice.give_code(browser, page, newest_code(provider.database, address(alice))))
    page, alice = set_up_totp(provider, browser, page, alice)
    assert page.has("enrol-submit")


def test_enr_21_recovery_can_be_stopped(provider: Provider, alice: Person) -> None:
    """A thief of the mailbox is thrown out by the link in any notice, and the password from before is back."""
    bind(provider, alice, email=True)
    thief, stolen = provider.browser(), reset(provider, alice)
    provider.sign_in(thief, provider.bank, stolen)
    assert report(provider.browser(), report_link(provider, address(alice))).has("choose-password")
    assert thief.open("/account/sessions").has("login-submit")
    page = thief.open(provider.bank.attempt().url)
    assert stolen.identify(thief, page).status == 422
    assert provider.sign_in(provider.browser(), provider.bank, alice).acr == ONE


def test_enr_09_report_voids_a_ticket(provider: Provider, bob: Person) -> None:
    """ENR-09, E9: whoever has a ticket and the password would set up a second step of their own after the report."""
    ticket = provider.ticket(bob)
    reset(provider, bob)
    assert report(provider.browser(), report_link(provider, address(bob))).status == 200
    with provider.unchanged("interactions"):
        refused = bring(provider.browser(), ticket)
    assert (refused.status, refused.has("problem")) == (422, True)
    assert held(provider, bob, "ticket") == []


def test_enr_09_report_is_good_once_and_signed_out(provider: Provider, bob: Person) -> None:
    """ENR-09: the link works without being signed in, by POST alone, once; it ends sessions and raises risk."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    reset(provider, bob)
    link = report_link(provider, address(bob))
    provider.sign_in(browser, provider.bank, replace(bob, password=NEW_PASSWORD))
    assert provider.browser().open(link).has("not-me-submit")
    assert browser.get("/account/sessions").status == 200
    assert report(provider.browser(), link).has("choose-password")
    assert browser.open("/account/sessions").has("login-submit")
    before = provider.stored("users", "reported_at")
    assert before != {None}
    provider.advance(1)
    assert provider.browser().post(link, {}).status == 410
    assert provider.browser().open(link).status == 410
    assert provider.stored("users", "reported_at") == before


def test_reported_people_prove_more(make_provider: MakeProvider) -> None:
    """After a report a password alone is not enough, though no second factor is set up; two steps answer it."""
    provider = make_provider()
    provider.publish(Path("policies", "default.yaml").read_text())
    alice = provider.people["alice"]
    bind(provider, alice, email=True)
    with provider.database.transaction() as tx:
        users.set_reported(tx, alice.id, provider.clock.now())
    browser = provider.browser()
    page = browser.follow(alice.identify(browser, browser.open(provider.bank.attempt().url)))
    assert page.has("send-code")
    page = send(browser, page)
    alice.give_code(browser, page, newest_code(provider.database, address(alice)))
    assert provider.sign_in(provider.browser(), provider.bank, alice).acr == ONE


@pytest.fixture
def told_code(provider: Provider, bob: Person) -> str:
    """The code that bob was told once his lost app had been removed."""
    now, tokens = provider.clock.now(), SystemTokens()
    sender = Sender(host="localhost", tokens=tokens, catalogues=read_catalogues())
    telling = Telling(sender=sender, links=MailedLinks(issuer=provider.issuer, tokens=tokens))
    policies = Policies(traits=traits_table(), clock=provider.clock)
    helping = Helping(policies=policies, notices=Notices(telling=telling), clock=provider.clock)
    with provider.database.transaction() as tx:
        user, bundle = users.get(tx, bob.id), load_path(Path("policies", "demo.yaml"), traits=traits_table())
        assert user is not None
        assert helping.reset_factors(tx, Staff(), user.id) == ("totp",)
        return issue_code(tx, user, bundle, cost=Cost(memory_kib=8, passes=1), tokens=tokens, now=now)[0]


def test_enr_21_administrator_helps_once(provider: Provider, bob: Person, told_code: str) -> None:
    """E7: beside the password a temporary code is two steps, lets an app be set up, and is then worth nothing."""
    browser = provider.browser()
    page = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    refused = bob.give_code(browser, page, "00000-00000-00000")
    assert (refused.status, refused.has("problem")) == (422, True)
    page = browser.follow(bob.give_code(browser, refused, told_code.lower()))
    page, bob = set_up_totp(provider, browser, page, bob)
    assert page.has("enrol-submit")
    other = provider.browser()
    two = {"acr_values": "urn:idp:acr:2sv"}
    page = other.follow(bob.identify(other, other.open(provider.bank.attempt(**two).url)))
    assert not page.has("choose-temporary_code")
    assert bob.give_code(other, page, told_code).status == 422


def test_enr_22_temporary_code_is_no_way_in(provider: Provider, bob: Person, told_code: str) -> None:
    """ENR-22: without the password nobody is asked for it, and alone it opens nothing."""
    stranger = provider.browser()
    page = stranger.open(provider.bank.attempt().url)
    with provider.nothing_issued():
        assert bob.identify(stranger, page, password=told_code).status == 422
