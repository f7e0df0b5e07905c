"""The first run: one token, one owner, a strong factor before the console (ADM-26, features.md A8)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from idp.admin.access import Role
from idp.core.tokens import digest
from idp.records.users.model import STAFF
from idp.records.users.tickets import store as tickets
from idp.records.users.tickets.model import SETUP, TICKET_TTL, Ticket
from tests.support.browser import Browser, Page
from tests.support.enrolment import set_up_totp
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

TOKEN = "the-token-that-was-printed"
PASSWORD = "quite a long passphrase of hers"


@pytest.fixture
def fresh(make_provider: MakeProvider) -> Provider:
    """A provider nobody administers, with the token that `idp init` has printed."""
    provider = make_provider()
    put_token(provider)
    return provider


def put_token(provider: Provider, token: str = TOKEN) -> None:
    now = provider.clock.now()
    ticket = Ticket(token_hash=digest(token), purpose=SETUP, created_at=now, expires_at=now + TICKET_TTL)
    with provider.database.transaction() as tx:
        tickets.add(tx, ticket)


def brought(browser: Browser, **changes: str) -> Page:
    fields = {"token": TOKEN, "username": "ada", "new_password": PASSWORD, **changes}
    return browser.submit(browser.get("/setup"), fields, button="setup-submit")


def owners(provider: Provider) -> int:
    return sum('"owner"' in str(roles) for roles in provider.stored("users", "roles"))


def test_adm_26_the_token_makes_the_owner_who_sets_up_a_strong_factor(fresh: Provider) -> None:
    """ADM-26: by the ordinary sign-in; the console opens after the second factor, and from then on asks for it."""
    browser = fresh.browser()
    page = browser.follow(brought(browser))
    ada = Person(id="", username="ada", password=PASSWORD)
    assert page.has("enrol-submit") or page.has("choose-totp")
    assert browser.get("/admin/people").status != 200
    page, ada = set_up_totp(fresh, browser, page, ada)
    page = browser.follow(browser.submit(page, button="enrol-submit"))  # the backup codes are written down
    assert (page.url, page.status) == (f"{fresh.issuer}/admin/", 200)
    fresh.advance(60)
    again = fresh.browser()
    assert ada.answer(again, again.open("/admin/"), fresh.clock.now()).status == 200
    assert "setup.completed" in fresh.stored("audit_events", "name")
    assert TOKEN not in fresh.dump()
    assert PASSWORD not in fresh.dump()
    link = again.get("/account/")
    assert link.has("console")


def test_adm_26_the_token_is_good_once(fresh: Provider) -> None:
    """ADM-26: a second time, by anybody, it makes nobody; nor does one that was never printed or is too old."""
    browser = fresh.browser()
    assert brought(browser).status == 303
    with fresh.unchanged("users", "sessions", "credentials"):
        for token in (TOKEN, "another", ""):
            refused = brought(fresh.browser(), token=token, username="eve")
            assert refused.status == 422
            assert "That token isn’t right" in refused.document.text
    assert owners(fresh) == 1


def test_adm_26_of_two_who_bring_it_at_once_one_is_the_owner(fresh: Provider) -> None:
    """ADM-26: one conditional write decides; the other has made nothing."""
    browsers = [fresh.browser() for _ in range(4)]
    pages = [browser.get("/setup") for browser in browsers]
    barrier = Barrier(len(browsers))

    def bring(number: int) -> int:
        fields = {"token": TOKEN, "username": f"ada{number}", "new_password": PASSWORD}
        barrier.wait()
        return browsers[number].submit(pages[number], fields, button="setup-submit").status

    with ThreadPoolExecutor(len(browsers)) as pool:
        statuses = sorted(pool.map(bring, range(len(browsers))))
    assert statuses == [303, 422, 422, 422]
    assert owners(fresh) == 1


def test_adm_26_an_old_token_and_one_beside_an_administrator_make_nobody(fresh: Provider) -> None:
    """ADM-26: after its end, or once somebody administers, it is worth nothing."""
    fresh.add_person("root", roles=("owner",))
    with fresh.unchanged("users", "sessions"):
        assert brought(fresh.browser()).status == 422
    put_token(fresh, "a later one")
    fresh.disable(fresh.people["root"])
    fresh.advance(timedelta(days=6).total_seconds())
    with fresh.unchanged("users", "sessions"):
        assert brought(fresh.browser(), token="a later one").status == 422


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": ""}, "at most 128 characters"),
        ({"username": "alice"}, "has that name already"),
        ({"new_password": "short"}, "15"),
        ({"new_password": ""}, "password"),
    ],
)
def test_what_is_wrong_is_said_and_the_token_stays(fresh: Provider, changes: dict[str, str], said: str) -> None:
    """422 beside the field; nobody is made, and the token can still be brought."""
    with fresh.unchanged("users", "sessions", "credentials"):
        refused = brought(fresh.browser(), **changes)
        assert refused.status == 422
        assert said in refused.document.text
    assert brought(fresh.browser()).status == 303


def test_the_page_says_nothing_by_itself_and_keeps_what_was_typed(fresh: Provider) -> None:
    """The field of the token is empty at first; after a mistake elsewhere it holds the same token."""
    assert shown_token(fresh.browser().get("/setup")) == ""
    assert shown_token(brought(fresh.browser(), username="")) == TOKEN


def shown_token(page: Page) -> str | None:
    controls = [control for form in page.document.forms for control in form.controls]
    return next(control.value for control in controls if control.name == "token")


def test_the_page_takes_only_its_own_forms(fresh: Provider) -> None:
    """A foreign site, or one that does not say which, posts nothing here (login CSRF)."""
    fields = {"token": TOKEN, "username": "eve", "new_password": PASSWORD}
    with fresh.unchanged("users"):
        for site in ("https://evil.example", None):
            assert fresh.browser().post("/setup", fields, site=site).status == 403


def test_roles_of_the_account_and_of_the_console_are_the_same() -> None:
    """Whoever may open the console finds the way there."""
    assert {role.value for role in Role} == STAFF
