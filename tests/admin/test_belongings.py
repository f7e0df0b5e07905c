"""What belongs to somebody, one thing at a time: a method, a trusted browser, an address; tests of delivery."""

from typing import Any

import pytest

from idp.factors.base import NewCredential
from idp.records.audit import store as audit
from idp.records.devices.trusted import store as trusted
from idp.records.devices.trusted.model import TrustedDevice
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from tests.admin.conftest import staff
from tests.support.admin_api import Api, administrator, robot
from tests.support.enrolment import address, bind, held
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"


@pytest.fixture
def api(provider: Provider) -> Api:
    """The API in the hands of a client that may do everything."""
    return robot(provider)


def user_of(provider: Provider, person: Person) -> User:
    with provider.database.transaction() as tx:
        user = users.get(tx, person.id)
    assert user is not None
    return user


def told(provider: Provider, person: Person) -> list[str]:
    """Return the subjects of what this person was told by mail."""
    return [each.subject for each in messages(provider.database, to=address(person), purpose="notice")]


def test_one_method_is_removed(provider: Provider, bob: Person) -> None:
    """The one is gone and what it proved with it, its owner is told; password and mailbox have no button."""
    bind(provider, bob, email=True, phone="+12025550103")
    theirs = provider.browser()
    assert provider.sign_in(theirs, provider.bank, bob, acr_values=MFA).acr == MFA
    browser, _ = staff(provider, "helpdesk")
    page = browser.get(f"/admin/people/{bob.id}")
    (totp,) = held(provider, bob, "totp")
    buttons = {each for each in page.document.ids if each.startswith("remove-")}
    assert buttons == {f"remove-{totp}", f"remove-sms-{bob.id}"}
    page = browser.follow(browser.submit(page, button=f"remove-{totp}"))
    assert "That sign-in method was removed" in page.document.text
    assert held(provider, bob, "totp") == []
    assert held(provider, bob, "sms") != []
    assert "A way to sign in was removed" in told(provider, bob)
    silent = theirs.get(provider.bank.attempt(acr_values=MFA, prompt="none").url)
    assert "error=interaction_required" in silent.location
    token = next(v for form in page.document.forms for k, v in form.entries({}, None) if k == "csrf_token")
    for factor in ("password", "email"):
        (kept,) = held(provider, bob, factor)
        choice = {"csrf_token": token, "choice": f"remove_method:{kept}"}
        assert browser.post(f"/admin/people/{bob.id}", choice).status == 404
        assert held(provider, bob, factor) == [kept]


def test_api_removes_one_method_and_no_list_is_left_alone(
    provider: Provider, api: Api, bob: Person, alice: Person
) -> None:
    """F7: a list of backup codes goes with the last thing beside it; a method of somebody else is 404."""
    with provider.database.transaction() as tx:
        the_list = NewCredential(channel="", material=b"{}")
        bound = the_list.bound("backup_code", credential_id="list", user_id=bob.id, now=provider.clock.now())
        credentials.add_credential(tx, bound)
    (totp,) = held(provider, bob, "totp")
    methods = {each["factor"]: each["id"] for each in api.get(f"/people/{bob.id}")["methods"]}
    assert methods["totp"] == totp
    assert api.call("DELETE", f"/people/{alice.id}/methods/{totp}").status == 404
    assert api.call("DELETE", f"/people/{bob.id}/methods/{methods['password']}").status == 404
    assert api.call("DELETE", f"/people/{bob.id}/methods/{totp}").status == 204
    assert [each["factor"] for each in api.get(f"/people/{bob.id}")["methods"]] == ["password"]
    assert api.call("DELETE", f"/people/{bob.id}/methods/{totp}").status == 404
    with provider.database.transaction() as tx:
        assert len(audit.list_events(tx, limit=9, name="factor.removed")) == 2


def test_api_lists_and_forgets_trusted_browsers(provider: Provider, api: Api, bob: Person, alice: Person) -> None:
    """One, then all; a browser of somebody else is not touched, and no secret is shown."""
    now = provider.clock.now()
    with provider.database.transaction() as tx:
        for name, person in (("d1", bob), ("d2", bob), ("d3", bob), ("d4", alice)):
            values: dict[str, Any] = {"trusted_at": now, "used_at": now, "address": "", "user_agent": "Firefox"}
            trusted.add(tx, TrustedDevice(id=name, user_id=person.id, secret_hash=f"hash-{name}", **values))
    path = f"/people/{bob.id}/trusted-browsers"
    assert {each["id"] for each in api.get(path)} == {"d1", "d2", "d3"}
    assert "hash-" not in api.call("GET", path).text + api.call("GET", f"/people/{bob.id}").text
    assert api.call("DELETE", f"{path}/d4").status == 204
    assert api.call("DELETE", f"{path}/d1").status == 204
    assert {each["id"] for each in api.get(f"/people/{bob.id}")["trusted_browsers"]} == {"d2", "d3"}
    assert api.call("DELETE", path).status == 204
    assert (api.get(path), len(api.get(f"/people/{alice.id}/trusted-browsers"))) == ([], 1)
    assert api.call("GET", "/people/nobody/trusted-browsers").status == 404
    assert api.call("DELETE", "/people/nobody/trusted-browsers").status == 404


def test_api_changes_addresses_and_vouches_for_none(provider: Provider, api: Api, bob: Person) -> None:
    """ENR-26: what is written down is not proven, nothing is sent there; the old mailbox is told and counts no more."""
    bind(provider, bob, email=True)
    path, old = f"/people/{bob.id}", address(bob)
    tag = api.tag(path)
    shown = api.do("PATCH", path, {"email": "new@example.org", "phone": "+81 90-1234-5678"}, If_Match=tag)
    assert (shown["email"], shown["email_verified"]) == ("new@example.org", False)
    assert (shown["phone"], shown["phone_verified"]) == ("+819012345678", False)
    assert held(provider, bob, "email") == []
    assert "Your e-mail address was changed" in [each.subject for each in messages(provider.database, to=old)]
    assert messages(provider.database, to="new@example.org") == []
    assert messages(provider.database, to="+819012345678") == []
    assert api.call("PATCH", path, {"email": "b@example.org"}, If_Match=tag).status == 412
    assert api.do("PATCH", path, {"email": "", "phone": ""}, If_Match=api.tag(path))["email"] == ""
    with provider.database.transaction() as tx:
        names = {each.name for each in audit.list_events(tx, limit=20, user_id=bob.id)}
    assert {"user.email.changed", "user.phone.changed"} <= names
    assert "user.changed" not in names


def test_api_refuses_addresses_that_may_not_be(provider: Provider, api: Api, bob: Person, alice: Person) -> None:
    """Malformed, or somebody else's: 422 names the member, and nothing is kept; what stays as it was stays proven."""
    bind(provider, bob, email=True)
    path = f"/people/{bob.id}"
    before = user_of(provider, bob)
    for body, field in (
        ({"email": "no address"}, "email"),
        ({"email": address(alice).upper()}, "email"),
        ({"phone": "12"}, "phone"),
        ({"phone": "+81 90-1234-5678", "email": "@"}, "email"),
    ):
        page = api.call("PATCH", path, body, If_Match=api.tag(path))
        assert (page.status, page.json()["errors"][0]["field"]) == (422, field), body
    assert user_of(provider, bob) == before
    shown = api.do("PATCH", path, {"email": before.email, "groups": ["staff"]}, If_Match=api.tag(path))
    assert (shown["email_verified"], shown["groups"]) == (before.email_verified_at is not None, ["staff"])
    assert held(provider, bob, "email") != []
    helpdesk = administrator(provider, "helpdesk")
    assert helpdesk.call("PATCH", path, {"email": ""}, If_Match=api.tag(path)).status == 403


def test_adm_29_api_sends_a_test_to_the_caller_alone(provider: Provider, api: Api) -> None:
    """ADM-29: to whose token it is, at their proven address; a client has none; without a gateway it is 409."""
    me = administrator(provider, "helpdesk")
    channels = {each["name"]: each for each in me.get("/delivery/channels")}
    assert set(channels) == {"email", "sms", "voice", "push", "logout"}
    assert api.call("POST", "/delivery/tests", {"channel": "email"}).status == 403
    page = me.call("POST", "/delivery/tests", {"channel": "email"})
    assert (page.status, page.json()["type"]) == (409, "urn:idp:problem:factor_unavailable")
    assert me.call("POST", "/delivery/tests", {"channel": "email", "to": "x@example.org"}).status == 400
    assert me.call("POST", "/delivery/tests", {"channel": "push"}).status == 400
    assert messages(provider.database) == []


def test_api_throws_a_replay_away(api: Api) -> None:
    """Running or not; once."""
    draft = api.do("POST", "/policies/drafts", {})
    job = api.do("POST", f"/policies/drafts/{draft['id']}/replays", {"days": 1})
    path = f"/policies/replays/{job['id']}"
    assert api.call("DELETE", path).status == 204
    assert (api.call("GET", path).status, api.call("DELETE", path).status) == (404, 404)
