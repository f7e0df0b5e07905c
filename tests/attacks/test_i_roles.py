"""ADM-21 at the roles themselves: only an owner gives and takes them, never their own, and one owner always stays."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from idp.admin.access import Role
from idp.admin.people.roles.service import Appointing
from idp.admin.staff import Staff
from idp.core.errors import ForbiddenError, NotFoundError
from idp.core.tokens import SystemTokens
from idp.login.recovery.links import MailedLinks
from idp.login.sender import Sender
from idp.login.telling import Telling
from idp.records.users import store as users
from idp.records.users.finding import store as finding
from idp.records.users.model import User
from idp.storage.engine import Database
from idp.web.languages import read_catalogues
from tests.support.admin_api import administrator, robot
from tests.support.browser import Browser, Page
from tests.support.builders import NOW, a_user
from tests.support.clock import FixedClock
from tests.support.person import Person
from tests.support.provider import Provider

STAFF_ROLES = ("auditor", "helpdesk", "admin")


def at_console(provider: Provider, person: Person) -> Browser:
    """Return the browser of somebody who has opened the console."""
    browser = provider.browser()
    assert person.answer(browser, browser.open("/admin/"), provider.clock.now()).status == 200
    return browser


def post(browser: Browser, person: Person, choice: str) -> Page:
    """Post a choice about somebody's roles, whatever buttons were shown."""
    entries = browser.get("/admin/keys").document.forms[0].entries({}, None)
    token = next(value for name, value in entries if name == "csrf_token")
    return browser.post(f"/admin/people/{person.id}/roles", {"csrf_token": token, "choice": choice})


def roles(provider: Provider) -> dict[str, tuple[str, ...]]:
    """Return everybody's roles."""
    with provider.database.transaction() as tx:
        return {user.username: user.roles for user in finding.list_by_id(tx, limit=100)}


@pytest.mark.parametrize("role", STAFF_ROLES)
def test_adm_21_whoever_is_no_owner_gives_and_takes_no_role(provider: Provider, bob: Person, role: str) -> None:
    """ADM-21: not to others, not to themselves, not from an owner; through neither door."""
    owner = provider.add_person("root", has_totp=True, roles=("owner",))
    mine = provider.add_person(f"some-{role}", has_totp=True, roles=(role,))
    browser = at_console(provider, mine)
    api = administrator(provider, role)
    before = roles(provider)
    with provider.unchanged("outbox"):
        for person in (bob, mine, owner, provider.people[f"the-{role}"]):
            for choice in ("give:owner", "give:auditor", f"take:{role}", "take:owner"):
                assert post(browser, person, choice).status == 403, (person.username, choice)
            path = f"/people/{person.id}"
            assert api.call("PUT", f"{path}/roles", {"roles": ["owner"]}, If_Match=api.tag(path)).status == 403
        assert not browser.get(f"/admin/people/{bob.id}").has("give-owner")
    assert roles(provider) == before
    assert "user.roles.changed" not in provider.stored("audit_events", "name")


def test_adm_21_the_last_owner_stays(provider: Provider) -> None:
    """ADM-21: nobody takes the role from themselves, and so it is never taken from the last; nor do they get more."""
    root = provider.add_person("root", has_totp=True, roles=("owner",))
    browser = at_console(provider, root)
    api = administrator(provider, "owner")
    own = f"/people/{provider.people['the-owner'].id}"
    before = roles(provider)
    assert not browser.get(f"/admin/people/{root.id}").has("take-owner")
    for choice in ("take:owner", "give:admin"):
        assert post(browser, root, choice).status == 403
    for wanted in ([], ["owner", "admin"]):
        assert api.call("PUT", f"{own}/roles", {"roles": wanted}, If_Match=api.tag(own)).status == 403
    assert roles(provider) == before


def test_adm_21_no_client_for_itself_gives_a_role(provider: Provider, bob: Person) -> None:
    """ADM-21: whatever its scopes, an application is no owner."""
    api, before = robot(provider), roles(provider)
    path = f"/people/{bob.id}"
    page = api.call("PUT", f"{path}/roles", {"roles": ["auditor"]}, If_Match=api.tag(path))
    assert (page.status, page.json()["type"]) == (403, "urn:idp:problem:forbidden")
    assert roles(provider) == before


def test_adm_02_a_role_takes_a_fresh_proof(provider: Provider, bob: Person) -> None:
    """ADM-02: ten minutes after the last proof nothing is given; whoever proves themselves is back at the person."""
    root = provider.add_person("root", has_totp=True, roles=("owner",))
    browser = at_console(provider, root)
    page = browser.get(f"/admin/people/{bob.id}")
    provider.advance(601)
    asked = browser.submit(page, button="give-owner")
    assert "/login/" in asked.location
    back = root.answer(browser, browser.follow(asked), provider.clock.now())
    assert back.url.endswith(f"/admin/people/{bob.id}")
    assert roles(provider)["bob"] == ()
    page = browser.follow(browser.submit(back, button="give-owner"))
    assert "Their roles were changed" in page.document.text
    assert roles(provider)["bob"] == ("owner",)


def test_ses_05_forms_of_others_give_no_role(provider: Provider, bob: Person) -> None:
    """SES-05: without this session's token, or from another site with it, nothing is given."""
    root = provider.add_person("root", has_totp=True, roles=("owner",))
    browser = at_console(provider, root)
    _, url, entries = browser.fill(browser.get(f"/admin/people/{bob.id}"), {}, button="give-owner")
    assert browser.post(url, [each for each in entries if each[0] != "csrf_token"]).status == 403
    cookies = browser.jar.header(url)
    assert browser.post(url, entries, site="https://evil.test", headers={"Cookie": cookies}).status == 403
    assert roles(provider)["bob"] == ()


def appointing() -> Appointing:
    """Return what gives and takes roles, without a provider around it."""
    tokens = SystemTokens()
    sender = Sender(host="id.test", tokens=tokens, catalogues=read_catalogues())
    telling = Telling(sender=sender, links=MailedLinks(issuer="https://id.test", tokens=tokens))
    return Appointing(telling=telling, clock=FixedClock(NOW))


def owners(database: Database) -> set[str]:
    with database.transaction() as tx:
        return {user.username for user in finding.list_by_id(tx, limit=100) if "owner" in user.roles}


@pytest.mark.parametrize("count", [2, 3])
def test_adm_21_owners_who_take_the_role_from_each_other_at_once_leave_one(database: Database, count: int) -> None:
    """ADM-21: two of each other, or three in a ring, all read before any wrote: exactly one owner is left."""
    desk, circle = appointing(), [a_user(f"owner{number}", roles=("owner",)) for number in range(count)]
    with database.transaction() as tx:
        users.add_all(tx, circle)
    barrier = Barrier(count)

    def take(number: int) -> bool:
        barrier.wait()
        try:
            with database.transaction(durable=True) as tx:
                desk.take(tx, Staff(user=circle[number]), circle[(number + 1) % count].id, Role.OWNER)
        except ForbiddenError:
            return False
        return True

    for _ in range(5):
        with ThreadPoolExecutor(count) as pool:
            done = list(pool.map(take, range(count)))
        assert len(owners(database)) == count - sum(done) >= 1
        if count == 2:
            assert sum(done) == 1
        with database.transaction() as tx:
            for user in circle:
                users.save(tx, user)


def test_adm_21_who_lost_the_role_gives_none(database: Database) -> None:
    """ADM-21: an owner who was let in as one and has lost the role since, or was shut out, changes nobody."""
    desk, root, other = appointing(), a_user("root", roles=("owner",)), a_user("other", roles=("owner",))
    lost, shut = a_user("lost", roles=("admin",)), a_user("shut", roles=("owner",), disabled_at=NOW)
    with database.transaction() as tx:
        users.add_all(tx, [root, other, lost, shut])
    stale: list[User | None] = [a_user("lost", id=lost.id, roles=("owner",)), shut, None]
    for actor in stale:
        with pytest.raises(ForbiddenError), database.transaction() as tx:
            desk.take(tx, Staff(user=actor), other.id, Role.OWNER)
    with pytest.raises(NotFoundError), database.transaction() as tx:
        desk.give(tx, Staff(user=root), "nobody", Role.OWNER)
    assert owners(database) == {"root", "other", "shut"}
