"""Roles in the console: given and taken by an owner, on the person's page and through the API."""

from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from tests.admin.conftest import staff
from tests.support.admin_api import administrator
from tests.support.browser import Browser
from tests.support.enrolment import address, bind
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import Provider


def changes(provider: Provider) -> list[Event]:
    """Return what the trail says of roles, the newest first."""
    with provider.database.transaction() as tx:
        return list(audit.list_events(tx, limit=50, name="user.roles.changed"))


def test_an_owner_gives_a_role_and_takes_it(provider: Provider, bob: Person) -> None:
    """It counts at once, in the browser in which they are signed in; the trail tells both, and so does a notice."""
    bind(provider, bob, email=True)
    owner, root = staff(provider, "owner")
    theirs = provider.browser()
    provider.sign_in(theirs, provider.bank, bob, acr_values="urn:idp:acr:mfa")
    assert theirs.get("/admin/").status == 403
    page = owner.get(f"/admin/people/{bob.id}")
    assert page.has("give-helpdesk")
    page = owner.follow(owner.submit(page, button="give-helpdesk"))
    assert "Their roles were changed" in page.document.text
    assert theirs.get("/admin/").status == 200
    page = owner.follow(owner.submit(page, button="take-helpdesk"))
    assert page.has("give-helpdesk")
    assert theirs.get("/admin/").status == 403
    taken, given = changes(provider)
    assert given.details == {"by": root.id, "before": "", "after": "helpdesk"}
    assert taken.details == {"by": root.id, "before": "helpdesk", "after": ""}
    assert (given.user_id, given.session_id != "") == (bob.id, True)
    notices = sorted(each.text for each in messages(provider.database, to=address(bob), purpose="notice"))
    assert ["Your roles now: helpdesk" in text for text in notices].count(True) == 1
    assert "An owner changed your roles" in theirs.get("/account/activity").document.text


def test_an_owner_takes_it_from_another_owner(provider: Provider) -> None:
    """Owners are equals: each may take the role from any other, and leaves what else they have."""
    owner, _ = staff(provider, "owner")
    other = provider.add_person("other", roles=("owner", "auditor", "treasurer"))
    owner.submit(owner.get(f"/admin/people/{other.id}"), button="take-owner")
    with provider.database.transaction() as tx:
        user = users.get(tx, other.id)
    assert user is not None
    assert set(user.roles) == {"auditor", "treasurer"}


def test_what_changes_nothing_is_not_told(provider: Provider, owner: Browser, bob: Person) -> None:
    """Two tabs: the second press finds it done; a role, a verb or a person that is none is 404."""
    page = owner.get(f"/admin/people/{bob.id}")
    for _ in range(2):
        assert owner.submit(page, button="give-auditor").status == 303
    assert len(changes(provider)) == 1
    _, url, entries = owner.fill(page, {}, button="give-auditor")
    for choice in ("give:king", "make:owner", "", "give"):
        forged = [(name, choice if name == "choice" else value) for name, value in entries]
        assert owner.post(url, forged).status == 404, choice
    assert owner.post(url.replace(bob.id, "nobody"), entries).status == 404
    assert len(changes(provider)) == 1


def test_the_api_assigns_roles(provider: Provider, bob: Person) -> None:
    """All of them at once, on what was read; what is no role is 400, and a state that is gone 412."""
    api, path = administrator(provider, "owner"), f"/people/{bob.id}"
    tag = api.tag(path)
    page = api.call("PUT", f"{path}/roles", {"roles": ["admin", "auditor"]}, If_Match=tag)
    assert (page.status, page.json()["roles"]) == (200, ["auditor", "admin"])
    assert page.header("etag") == api.tag(path) != tag
    assert api.call("PUT", f"{path}/roles", {"roles": ["owner"]}, If_Match=tag).status == 412
    assert api.call("PUT", f"{path}/roles", {"roles": ["owner"]}).status == 428
    for body in ({"roles": ["king"]}, {"roles": "owner"}, {}, {"roles": [], "groups": []}):
        assert api.call("PUT", f"{path}/roles", body, If_Match=api.tag(path)).status == 400, body
    assert api.call("PUT", "/people/nobody/roles", {"roles": []}, If_Match=tag).status == 404
    assert api.get(path)["person"]["roles"] == ["auditor", "admin"]
    (event,) = changes(provider)
    assert event.details["through"] == "deck"
    assert api.do("PUT", f"{path}/roles", {"roles": []}, If_Match=api.tag(path))["roles"] == []
