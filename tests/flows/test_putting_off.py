"""What a rule asks people to set up: suggested, put off, and when that ends; and what is offered unasked (E1)."""

from pathlib import Path

import pytest

from tests.support.account import call
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, send, set_up_totp
from tests.support.outbox import messages, newest_code
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

ONE, TWO, MFA = "urn:idp:acr:1fa", "urn:idp:acr:2sv", "urn:idp:acr:mfa"
DAY = 24 * 3600
DEMO = Path("policies", "demo.yaml").read_text()
NUMBER = "+12025550133"


def asking(order: str, text: str = DEMO) -> str:
    """Return the demo's policy with other terms for what staff must set up."""
    assert "skips: 3, within: 14d" in text
    return text.replace("skips: 3, within: 14d", order)


@pytest.fixture
def dan(provider: Provider) -> Person:
    return staff(provider, "dan")


def staff(provider: Provider, name: str) -> Person:
    """Add somebody of the staff, who has a password and a proven mailbox."""
    person = provider.add_person(name, groups=("staff",))
    bind(provider, person, email=True)
    return person


def signing_in(provider: Provider, browser: Browser, person: Person, **asked: str) -> Page:
    """Go through name and password, as far as that leads."""
    return browser.follow(person.identify(browser, browser.open(provider.bank.attempt(**asked).url)))


def is_through(provider: Provider, page: Page) -> bool:
    return page.location.startswith(provider.bank.redirect_uri) and "code=" in page.location


def skipping(browser: Browser, page: Page) -> Page:
    return browser.follow(browser.submit(page, button="enrol-skip"))


def forged(browser: Browser, page: Page) -> Page:
    """Say that one skips where the page has no such button."""
    assert not page.has("enrol-skip")
    _, url, entries = browser.fill(page, {}, button="not-you")
    return browser.post(url, [*entries[:-1], ("choice", "skip")])


def test_suggestion_is_made_once_in_its_cool_down(provider: Provider, dan: Person) -> None:
    """Put off without proving more; not asked again for a week, on no page; then asked again, however often."""
    provider.publish(asking("cool_down: 7d"))
    for _ in range(3):
        browser, attempt = provider.browser(), provider.bank.attempt()
        page = browser.follow(dan.identify(browser, browser.open(attempt.url)))
        assert page.document.ids >= {"enrol-skip", "send-code"}
        assert "7 days" in page.document.text_in("grace")
        assert provider.bank.tokens(attempt, skipping(browser, page)).acr == ONE
        assert messages(provider.database, to=address(dan), purpose="code") == []
        assert browser.open("/account/").url.endswith("/account/")
        assert is_through(provider, browser.open(provider.bank.attempt().url))
        provider.advance(7 * DAY - 60)
        assert is_through(provider, signing_in(provider, provider.browser(), dan))
        provider.advance(60)


def test_suggestion_is_taken(provider: Provider, dan: Person) -> None:
    """The mailbox is proved, an app set up; from then on nothing is suggested."""
    provider.publish(asking("cool_down: 7d"))
    browser = provider.browser()
    page = send(browser, signing_in(provider, browser, dan))
    page = browser.follow(dan.give_code(browser, page, newest_code(provider.database, address(dan))))
    assert page.has("enrol-skip")
    page, _ = set_up_totp(provider, browser, page, dan)
    assert is_through(provider, skipping(browser, page))
    assert is_through(provider, signing_in(provider, provider.browser(), dan))


def test_what_one_puts_off_another_is_still_asked(provider: Provider, dan: Person) -> None:
    """Each person and rule has terms of their own."""
    provider.publish(asking("cool_down: 7d"))
    eve, browser = staff(provider, "eve"), provider.browser()
    skipping(browser, signing_in(provider, browser, dan))
    page = signing_in(provider, provider.browser(), eve)
    assert page.has("enrol-skip")
    assert provider.stored("enrol_asks", "user_id") == {dan.id}


def test_grace_ends_with_its_time(provider: Provider, dan: Person) -> None:
    """Skips are left, the two weeks are over: the mailbox and an app, or no sign-in; a forged skip is nothing."""
    browser = provider.browser()
    page = signing_in(provider, browser, dan)
    ends = provider.clock.now().timestamp() + 14 * DAY
    assert f"{provider.clock.now():%H:%M}" in page.document.text_in("grace")
    assert "3 more times" in page.document.text_in("grace")
    skipping(browser, page)
    provider.advance(int(ends - provider.clock.now().timestamp()) - 1)
    last = provider.browser()
    page = signing_in(provider, last, dan)
    assert page.has("enrol-skip")
    provider.advance(1)
    with provider.nothing_issued():
        late = last.follow(last.submit(page, button="enrol-skip"))
        assert late.has("send-code")
        forged(last, late)
    page = send(last, late)
    page = last.follow(dan.give_code(last, page, newest_code(provider.database, address(dan))))
    with provider.nothing_issued():
        forged(last, page)
    page, _ = set_up_totp(provider, last, last.get(page.url), dan)
    assert is_through(provider, skipping(last, page))


def test_two_pages_use_up_two_skips(provider: Provider, dan: Person) -> None:
    """One skip is left and two pages offer it: whoever is second is asked without it, and nothing is issued."""
    provider.publish(asking("skips: 1"))
    first, second = provider.browser(), provider.browser()
    pages = [signing_in(provider, browser, dan) for browser in (first, second)]
    assert all("once more" in page.document.text_in("grace") for page in pages)
    assert is_through(provider, skipping(first, pages[0]))
    with provider.nothing_issued():
        page = skipping(second, pages[1])
    assert page.has("send-code")
    assert not page.has("enrol-skip")
    assert provider.stored("enrol_asks", "skips") == {1}


def test_no_skip_passes_what_is_required(provider: Provider, dan: Person) -> None:
    """The application wants multi-factor: neither page can be put off, whatever the rule for staff says."""
    provider.publish(asking("cool_down: 7d"))
    browser = provider.browser()
    page = signing_in(provider, browser, dan, acr_values=MFA)
    with provider.nothing_issued(), provider.unchanged("enrol_asks"):
        forged(browser, page)
    page = send(browser, browser.get(page.url))
    page = browser.follow(dan.give_code(browser, page, newest_code(provider.database, address(dan))))
    with provider.nothing_issued(), provider.unchanged("enrol_asks"):
        forged(browser, page)


def test_nobody_is_asked_who_does_not_sign_in(provider: Provider, dan: Person) -> None:
    """`prompt=none`, single sign-on, our own pages and their API use up no skip; a new sign-in is asked."""
    browser = provider.browser()
    skipping(browser, signing_in(provider, browser, dan))
    assert is_through(provider, browser.open(provider.bank.attempt(prompt="none").url))
    assert is_through(provider, browser.open(provider.bank.attempt().url))
    assert browser.open("/account/sessions").url.endswith("/account/sessions")
    assert call(browser, "GET", "/profile").json()["username"] == dan.username
    assert provider.stored("enrol_asks", "skips") == {1}
    assert "2 more times" in signing_in(provider, provider.browser(), dan).document.text_in("grace")


def test_another_way_is_offered_beside_the_first(provider: Provider, dan: Person) -> None:
    """Where there are no backup codes, another factor; it may be put off, and is not offered a third time."""
    provider.publish(DEMO.replace("email, backup_code]", "email]"))
    browser, attempt = provider.browser(), provider.bank.attempt()
    page = browser.follow(dan.identify(browser, browser.open(attempt.url)))
    page = browser.follow(dan.give_code(browser, send(browser, page), newest_code(provider.database, address(dan))))
    page = send(browser, browser.follow(browser.submit(page, button="choose-sms")), phone=NUMBER)
    typed = {"code": newest_code(provider.database, NUMBER)}
    page = browser.follow(browser.submit(page, typed, button="enrol-submit"))
    assert page.document.ids >= {"choose-totp", "choose-passkey", "enrol-skip"}
    assert not page.has("choose-sms")
    page, _ = set_up_totp(provider, browser, page, dan)
    assert provider.bank.tokens(attempt, page).acr == MFA


class TestAfterSignUp:
    """A verified mailbox is a step already; another way is offered, and may be put off."""

    @pytest.fixture
    def provider(self, make_provider: MakeProvider) -> Provider:
        return make_provider(IDP_SIGN_UP="open")

    def signed_up(self, provider: Provider, browser: Browser) -> Page:
        page = browser.open("/account/sign-up")
        page = browser.follow(browser.submit(page, {"email": "frida@example.org"}, button="send-code"))
        typed = {
            "code": newest_code(provider.database, "frida@example.org"),
            "new_password": "violet umbrellas forget nothing",
            "display_name": "Frida",
        }
        return browser.follow(browser.submit(page, typed, button="sign-up-submit"))

    def test_it_is_put_off(self, provider: Provider, browser: Browser) -> None:
        """No second code for the mailbox, and no page more."""
        page = self.signed_up(provider, browser)
        assert page.document.ids >= {"choose-passkey", "choose-totp", "choose-sms", "enrol-skip"}
        assert not page.has("choose-email")
        assert not page.has("grace")
        assert skipping(browser, page).url.endswith("/account/")
        assert provider.count("enrol_asks") == 0

    def test_it_is_taken(self, provider: Provider, browser: Browser) -> None:
        """An app, then backup codes; then the account."""
        page = self.signed_up(provider, browser)
        frida = Person(id="", username="frida@example.org", password="")
        page, _ = set_up_totp(provider, browser, page, frida)
        assert page.has("backup-codes")
        assert skipping(browser, page).url.endswith("/account/")

    def test_it_is_not_offered_beside_a_rule_of_its_own(self, provider: Provider, browser: Browser) -> None:
        """Whoever puts off what a rule asks is not asked by another page for the same."""
        rule = "if: {user.groups: {contains_any: [staff]}}\n"
        provider.publish(asking("cool_down: 7d").replace(rule, "if: {client.id: {eq: ''}}\n"))
        page = self.signed_up(provider, browser)
        assert "7 days" in page.document.text_in("grace")
        assert skipping(browser, page).url.endswith("/account/")
