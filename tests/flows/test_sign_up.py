"""Signing up: nobody exists before their mailbox is proved, and the interaction goes on (E11, ENR-24, SES-08)."""

import pytest

from idp.records.users import store as users
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, held
from tests.support.outbox import messages, newest_code
from tests.support.passkeys import give, use
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

PAGE = "/account/sign-up"
NEW = "violet umbrellas forget nothing"
FRIDA = "frida@example.org"


@pytest.fixture
def provider(make_provider: MakeProvider) -> Provider:
    """One that is open to everybody."""
    return make_provider(IDP_SIGN_UP="open")


def begun(browser: Browser, page: Page, to: str = FRIDA) -> Page:
    return browser.follow(browser.submit(page, {"email": to}, button="send-code"))


def finish(browser: Browser, page: Page, code: str, password: str = NEW, name: str = "Frida") -> Page:
    typed = {"code": code, "new_password": password, "display_name": name}
    return browser.submit(page, typed, button="sign-up-submit")


def test_sign_up_goes_on_where_it_came_from(provider: Provider, browser: Browser) -> None:
    """prompt=create: from the application through the mailbox back to it, with what was proved and no more."""
    bank = provider.bank
    attempt = bank.attempt(prompt="create", scope="openid profile email")
    page = browser.open(attempt.url)
    assert page.document.ids >= {"sign-up", "login-submit"}
    page = begun(browser, browser.get(link(page)))
    page = browser.follow(finish(browser, page, newest_code(provider.database, FRIDA)))
    page = browser.follow(browser.submit(page, button="enrol-skip"))
    tokens = bank.tokens(attempt, page)
    assert (tokens.acr, tokens.amr) == ("urn:idp:acr:2sv", {"pwd", "otp", "mca"})
    assert bank.userinfo(tokens.access_token).json()["email_verified"] is True


def link(page: Page) -> str:
    """Return where the link to sign up leads."""
    return next(attributes["href"] for _, attributes in page.document.elements if attributes.get("id") == "sign-up")


def test_sign_up_without_an_application_leads_to_the_account(provider: Provider, browser: Browser) -> None:
    """The account's own page; the mailbox is bound as a step without a second code (E1)."""
    page = begun(browser, browser.open(PAGE))
    page = browser.follow(finish(browser, page, newest_code(provider.database, FRIDA)))
    page = browser.follow(browser.submit(page, button="enrol-skip"))
    assert page.url.endswith("/account/")
    with provider.database.transaction() as tx:
        user = users.get_by_username(tx, FRIDA)
    assert user is not None
    assert (user.display_name, user.email_verified_at is not None) == ("Frida", True)
    assert len(held(provider, Person(id=user.id, username=FRIDA, password=""), "email")) == 1


def test_nobody_exists_before_the_mailbox_is_proved(provider: Provider, browser: Browser) -> None:
    """Neither asking nor a wrong code makes anybody."""
    with provider.unchanged("users", "credentials"), provider.nothing_issued():
        page = begun(browser, browser.open(PAGE))
        code = newest_code(provider.database, FRIDA)
        refused = finish(browser, page, "000000" if code != "000000" else "111111")
    assert (refused.status, refused.has("problem")) == (422, True)


def test_ses_08_address_of_somebody_looks_alike(provider: Provider, browser: Browser, alice: Person) -> None:
    """SES-08: the same pages and answers; alice is told, and nobody is made."""
    strange = begun(browser, browser.open(PAGE))
    known = begun(provider.browser(), provider.browser().open(PAGE), address(alice))
    assert strange.document.text.replace("f•••@example.org", "") == known.document.text.replace("a•••@example.com", "")
    assert messages(provider.database, to=address(alice), purpose="code") == []
    assert any("already have an account" in each.subject for each in messages(provider.database, to=address(alice)))
    other = provider.browser()
    page = begun(other, other.open(PAGE), "bob@example.com")
    with provider.unchanged("users"):
        refused = [finish(other, page, f"{number:06}") for number in range(3)]
        assert {each.status for each in refused} == {422}
        assert finish(browser, strange, "999999x").status == 422


def test_enr_24_what_came_before_is_dropped(provider: Provider, browser: Browser) -> None:
    """ENR-24: an account that had her address unproved loses it, its session and what it could sign in with."""
    mallory = provider.add_person(FRIDA, email=FRIDA, email_verified_at=None)
    theirs, device = provider.browser(), Authenticator()
    give(provider, mallory, device)
    tokens = provider.sign_in(theirs, provider.bank, mallory)
    page = begun(browser, browser.open(PAGE))
    assert finish(browser, page, newest_code(provider.database, FRIDA)).status == 303
    assert theirs.open("/account/").has("login-submit")
    assert provider.bank.userinfo(tokens.access_token).status == 401
    assert held(provider, mallory, "password") == []
    with provider.database.transaction() as tx:
        now, before = users.get_by_username(tx, FRIDA), users.get(tx, mallory.id)
    assert now is not None
    assert before is not None
    assert (now.id != mallory.id, before.email, before.username) == (True, "", mallory.id)
    stranger = provider.browser()
    assert mallory.identify(stranger, stranger.open(provider.bank.attempt().url)).status == 422
    with provider.nothing_issued():
        page = stranger.open(provider.bank.attempt().url)
        assert use(stranger, page, device, key=device.keys[0]).status == 422


@pytest.mark.parametrize(
    ("password", "name", "said"),
    [("short", "Frida", "15 characters"), ("frida@example.org", "Frida", "names or addresses"), (NEW, "a\tb", "name")],
)
def test_sign_up_keeps_the_rules(provider: Provider, browser: Browser, password: str, name: str, said: str) -> None:
    """SES-27 here too; the code is still good afterwards."""
    page = begun(browser, browser.open(PAGE))
    code = newest_code(provider.database, FRIDA)
    refused = finish(browser, page, code, password, name)
    assert (refused.status, said in refused.document.text) == (422, True)
    assert finish(browser, refused, code).status == 303


def test_sign_up_code_counts_once(provider: Provider, browser: Browser) -> None:
    """A second click makes nobody else."""
    page = begun(browser, browser.open(PAGE))
    code = newest_code(provider.database, FRIDA)
    assert finish(browser, page, code).status == 303
    with provider.unchanged("users"):
        assert finish(browser, page, code).status == 404


def test_sign_up_wants_our_own_page(provider: Provider, browser: Browser) -> None:
    """SES-04: no other site signs this browser up, or in."""
    assert browser.post(PAGE, {"email": FRIDA}, headers={"Origin": "https://evil.test"}).status == 403
    assert browser.post(PAGE, {"email": FRIDA}, site=None).status == 403


def test_sign_up_joins_no_interaction_of_another_browser(provider: Provider, browser: Browser) -> None:
    """SES-03: somebody else's sign-in is not completed by signing up with its id."""
    other = provider.browser()
    theirs = other.open(provider.bank.attempt().url).url.rpartition("/")[2]
    page = begun(browser, browser.open(f"{PAGE}?interaction={theirs}"))
    answer = finish(browser, page, newest_code(provider.database, FRIDA))
    assert theirs not in answer.location
    assert other.get(f"/login/{theirs}").has("login-submit")


def test_closed_service_has_no_such_page(make_provider: MakeProvider) -> None:
    """The default: nobody signs up, and no page says otherwise; where people are invited, the ticket's is named."""
    closed, invited = make_provider(), make_provider(IDP_SIGN_UP="invited")
    assert closed.browser().get(PAGE).status == 404
    assert not closed.browser().open(closed.bank.attempt(prompt="create").url).has("sign-up")
    assert invited.browser().get(PAGE).status == 404
    assert link(invited.browser().open(invited.bank.attempt().url)) == "/account/begin"
