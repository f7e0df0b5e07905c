"""Whoever has lost every second factor gets back in: password, mailbox, a day, and nobody unawares (E7)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.login.recovery import cooling
from idp.records.users import store as users
from idp.records.users.recoveries import store as recoveries
from tests.records import rows
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, held, send, set_up_totp, with_password
from tests.support.mailbox import mailbox
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.recovery import link_in, report, report_link, reset

MFA, ONE = "urn:idp:acr:mfa", "urn:idp:acr:1fa"
DAY = 24 * 3600
NUMBER = "+12025550177"


@pytest.fixture
def provider(make_provider: MakeProvider) -> Provider:
    """A provider that asks whoever can reach multi-factor for it, at every sign-in."""
    return make_provider(policy="default", is_fresh=True)


@pytest.fixture
def bob(provider: Provider) -> Person:
    return provider.people["bob"]


def at_challenge(provider: Provider, browser: Browser, person: Person) -> Page:
    page = browser.follow(person.identify(browser, browser.open(provider.bank.attempt().url)))
    assert page.has("code")
    return page


def asking(browser: Browser, page: Page) -> Page:
    """Follow the link that says that one has lost all of them."""
    (link,) = [found["href"] for _, found in page.document.elements if found.get("id") == "lost-factors"]
    return browser.get(link)


def lost_link(provider: Provider, person: Person, browser: Browser | None = None) -> str:
    """Ask for the link, and return it as it was mailed."""
    provider.advance(1)
    browser = browser or provider.browser()
    page = asking(browser, at_challenge(provider, browser, person))
    assert browser.follow(browser.submit(page, button="lost-submit")).url.endswith("/recover/lost-sent")
    return link_in(messages(provider.database, to=address(person), purpose="recovery")[0].text)


def confirm(browser: Browser, link: str) -> Page:
    return browser.follow(browser.submit(browser.open(link), button="lost-confirm"))


def test_person_gets_back_in_after_a_day(provider: Provider, bob: Person) -> None:
    """Asked, confirmed, told, waited for: then the app is gone, the password signs in, and another app is set up."""
    with provider.nothing_issued():
        page = confirm(provider.browser(), lost_link(provider, bob))
    assert "24 hours" in page.document.text
    assert held(provider, bob) != [], "nothing is gone yet"
    (notice,) = messages(provider.database, to=address(bob), purpose="notice")
    assert "recovered" in notice.subject

    browser = provider.browser()
    with provider.nothing_issued():
        refused = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt().url)))
    assert refused.has("refuse-leave")
    ends = provider.clock.now() + timedelta(seconds=DAY)
    assert f"{ends:%Y-%m-%d %H:%M} UTC" in refused.document.text_in("recovering")

    provider.advance(DAY)
    browser = provider.browser()
    assert provider.sign_in(browser, provider.bank, bob).acr == ONE
    assert held(provider, bob) == []
    page = browser.follow(browser.submit(browser.open("/account/factors"), button="add-totp"))
    page = send(browser, page)
    page = browser.follow(bob.give_code(browser, page, newest_code(provider.database, address(bob))))
    _, holder = set_up_totp(provider, browser, page, bob)
    provider.advance(60)
    assert provider.sign_in(provider.browser(), provider.bank, holder, acr_values=MFA).acr == MFA


def test_short_password_is_replaced_after_a_day(provider: Provider, bob: Person) -> None:
    """What is lost leaves the password alone beside the mailbox: a short one is good for one more sign-in."""
    bob = with_password(provider, bob, "k4uq-8wz")
    confirm(provider.browser(), lost_link(provider, bob))
    provider.advance(DAY)
    browser = provider.browser()
    with provider.nothing_issued():
        page = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt().url)))
    assert page.has("password-submit")


@pytest.mark.parametrize(
    ("language", "subject", "lost", "not_me"),
    [
        ("en", "Your account was recovered", "The lost ways to sign in were removed.", "Was this you?"),
        (
            "ja",
            "アカウントが復旧されました",
            "失われたサインイン方法は削除されました。",
            "ご本人による操作でしたら、何もする必要はありません。",
        ),
    ],
)
def test_its_end_is_told_by_itself(
    make_provider: MakeProvider, language: str, subject: str, lost: str, not_me: str
) -> None:
    """E9: nobody signs in, and still it takes effect after its day, once, and is mailed; its link makes all safe."""
    with mailbox() as box:
        provider = make_provider(
            policy="default",
            is_fresh=True,
            IDP_SMTP_URL=f"smtp://127.0.0.1:{box.port}",
            IDP_MAIL_FROM="Example <no-reply@example.com>",
        )
        bob = provider.people["bob"]
        browser, link = provider.browser(), lost_link(provider, bob)
        page = browser.get(link, headers={"Accept-Language": language})
        _, url, entries = browser.fill(page, {}, button="lost-confirm")
        browser.post(url, entries, headers={"Accept-Language": language})
        provider.advance(DAY - 1)
        assert provider.do("complete recoveries") == 0
        provider.advance(1)
        assert provider.do("complete recoveries") == 1
        assert provider.do("complete recoveries") == 0
        assert held(provider, bob) == []
        while provider.deliver():
            pass
        mail = box.mails[-1]
        words = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert (mail["subject"], mail["to"]) == (subject, address(bob))
        assert lost in words
        assert not_me in words
        assert [each["subject"] for each in box.mails].count(subject) == 1
        at = provider.browser()
        assert provider.sign_in(at, provider.bank, bob).acr == ONE
        assert report(provider.browser(), link_in(words)).url.endswith("/safe")
        assert at.open("/account/").has("login-submit")


def test_its_end_is_told_to_whoever_comes_first(provider: Provider, bob: Person) -> None:
    """Where the day ends in a sign-in, the notice is of the same transaction; the chore finds nothing left to do."""
    confirm(provider.browser(), lost_link(provider, bob))
    provider.advance(DAY)
    provider.sign_in(provider.browser(), provider.bank, bob)
    told = [each.subject for each in messages(provider.database, to=address(bob), purpose="notice")]
    assert told.count("Your account was recovered") == 1
    assert provider.do("complete recoveries") == 0


@pytest.fixture
def mailed(provider: Provider) -> Person:
    """alice, whose second step is her mailbox alone: a password that is reset by it cools off."""
    alice = provider.people["alice"]
    bind(provider, alice, email=True)
    return reset(provider, alice)


def test_end_of_a_reset_that_cooled_off_is_told(provider: Provider, mailed: Person) -> None:
    """The password is worth as much as any other again, and that is said."""
    provider.advance(DAY)
    assert provider.do("complete recoveries") == 1
    notice = messages(provider.database, to=address(mailed), purpose="notice")[0]
    assert notice.subject == "Your account was recovered"
    assert "can do everything again" in notice.text


def test_recovery_of_an_account_that_is_deleted_never_ends(provider: Provider, mailed: Person) -> None:
    """Its owner deletes it in the meantime: the old password is forgotten, and nobody is told of an end."""
    browser = provider.browser()
    page = browser.follow(mailed.answer(browser, browser.open("/account/delete"), provider.clock.now()))
    assert (
        "is deleted"
        in browser.follow(browser.submit(page, {"username": mailed.username}, button="delete-submit")).document.text
    )
    assert provider.stored("recoveries", "replaced_sealed") == {None}
    provider.advance(DAY)
    with provider.unchanged("outbox", "credentials"):
        assert provider.do("complete recoveries") == 0


def test_notice_stops_it(provider: Provider, bob: Person) -> None:
    """Every address is told; this was not me ends it, and the app works on as before."""
    with provider.database.transaction() as tx:
        user = users.get(tx, bob.id)
        assert user is not None
        users.save(tx, replace(user, phone=NUMBER, phone_verified_at=provider.clock.now()))
    confirm(provider.browser(), lost_link(provider, bob))
    assert messages(provider.database, to=NUMBER, purpose="notice")
    assert report(provider.browser(), report_link(provider, address(bob))).url.endswith("/safe")
    provider.advance(DAY + 1)
    assert held(provider, bob) != []
    assert provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA).acr == MFA
    assert held(provider, bob) != []


def test_report_voids_a_link_that_was_mailed_before_it(provider: Provider, bob: Person) -> None:
    """E9, ENR-21: whoever has password and mailbox cannot go on, once their sign-in was reported, by what they have."""
    provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA)
    provider.advance(30)
    provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA)
    notice = report_link(provider, address(bob))
    thief = provider.browser()
    link = lost_link(provider, bob, thief)
    assert report(provider.browser(), notice).url.endswith("/safe")
    with provider.unchanged("recoveries"):
        assert thief.open(link).status == 410
        assert thief.post(link, []).status == 410
    provider.advance(DAY)
    assert held(provider, bob) != []


def test_link_is_good_once_and_for_what_it_was_made_for(provider: Provider, bob: Person) -> None:
    """ENR-09, ENR-13: twice, after a newer one, after its time, after a factor or the password has changed: over."""
    first = lost_link(provider, bob)
    second = lost_link(provider, bob)
    assert provider.browser().open(first).status == 410
    assert confirm(provider.browser(), second).url.endswith("/lost-cooling")
    assert provider.browser().open(second).status == 410
    report(provider.browser(), report_link(provider, address(bob)))
    provider.advance(DAY)
    carol = provider.people["carol"]
    late = lost_link(provider, carol)
    provider.advance(15 * 60)
    assert provider.browser().open(late).status == 410
    changed = lost_link(provider, carol)
    provider.enrol_totp(carol)
    assert provider.browser().open(changed).status == 410
    assert provider.browser().open(changed.replace("/factors/", "/password/")).status == 410
    assert provider.browser().open(changed.replace("/factors/", "/not-me/")).status == 410


def test_opening_the_link_changes_nothing(provider: Provider, bob: Person) -> None:
    """MSG-09: scanners open it by GET and HEAD; a form from elsewhere is refused."""
    link = lost_link(provider, bob)
    with provider.unchanged("recoveries"):
        assert provider.browser().open(link).status == 200
        assert provider.browser()._send("HEAD", link, {}, b"", is_lax_allowed=True).status == 200
        assert provider.browser().post(link, [], headers={"Origin": "https://evil.test"}).status == 403
    assert confirm(provider.browser(), link).url.endswith("/lost-cooling")


@pytest.mark.parametrize("path", ["/recover/lost/{id}", "/recover/lost/none", "/recover/lost/{id}x"])
def test_enr_22_nobody_else_begins_it(provider: Provider, bob: Person, path: str) -> None:
    """ENR-22: without the browser that gave the password there is no such page, and nothing is sent."""
    page = at_challenge(provider, provider.browser(), bob)
    stranger = provider.browser()
    stranger.open(provider.bank.attempt().url)
    with provider.unchanged("outbox", "mailed_links"):
        url = path.format(id=page.url.rpartition("/")[2])
        assert stranger.get(url).status == 404
        assert stranger.post(provider.issuer + url, []).status == 404


def test_enr_21_mailbox_alone_is_not_enough(provider: Provider, bob: Person) -> None:
    """ENR-21: whoever has the mailbox alone sets a new password by it, and gets no further."""
    thief = reset(provider, bob)
    browser = provider.browser()
    page = asking(browser, at_challenge(provider, browser, thief))
    assert not page.has("lost-submit")
    with provider.unchanged("outbox", "mailed_links"):
        assert browser.post(page.url, []).status == 422
    provider.advance(DAY)
    assert held(provider, bob) != []


def test_password_must_be_given_just_now(provider: Provider, bob: Person) -> None:
    """A session that was stolen later begins nothing: the password is one of the last quarter of an hour."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    provider.advance(15 * 60)
    page = asking(browser, browser.follow(browser.submit(browser.open("/account/factors"), button="add-passkey")))
    assert not page.has("lost-submit")


def test_few_links_are_sent(provider: Provider, bob: Person) -> None:
    """Three in a quarter of an hour; then 429, with the time."""
    for _ in range(3):
        lost_link(provider, bob)
    browser = provider.browser()
    page = asking(browser, at_challenge(provider, browser, bob))
    refused = browser.submit(page, button="lost-submit")
    assert (refused.status, int(refused.header("retry-after")) > 0) == (429, True)


def test_recovery_that_starts_during_another_takes_it_over(provider: Provider, bob: Person) -> None:
    """What the first would remove, and the password it would bring back, are the second's to remove and bring back."""
    now, kept = provider.clock.now(), rows.credential(factor="password", channel=cooling.PERSON)
    with provider.database.transaction() as tx:
        user = users.get(tx, bob.id)
        assert user is not None
        cooling.start(tx, user, replaced=kept, password_id="p", lost=("a",), language="en", id_="one", now=now)
        cooling.start(tx, user, replaced=None, password_id="", lost=("b",), language="ja", id_="two", now=now)
        found = recoveries.get_open(tx, bob.id)
    assert found is not None
    assert (found.id, found.lost, found.password_id, bool(found.replaced)) == ("two", ("a", "b"), "p", True)
    assert found.language == "ja"
