"""Table I at the admin API: tokens, scopes, roles, proofs, forged input; nothing changes that was refused."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from idp.records.clients import own_api
from idp.records.clients import store as clients
from idp.records.users import store as users
from tests.support.admin_api import ALL, ROOT, Api, administrator, own_token, persons_token, robot
from tests.support.fixtures import Template, maker
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

MFA = "urn:idp:acr:mfa"
CLIENT = {"client_name": "Shop", "redirect_uris": ["https://shop.example/cb"]}


def operations(provider: Provider) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield every operation: its verb, a path about nothing, and what the document says of it."""
    document = provider.browser().get(f"{ROOT}/openapi.json").json()
    for path, verbs in document["paths"].items():
        for verb, said in verbs.items():
            yield (
                verb.upper(),
                path.replace("{id}", "nothing").replace("{kid}", "nothing").replace("{version}", "0"),
                said,
            )


@pytest.fixture(scope="module")
def shared(request: pytest.FixtureRequest, filled: Template) -> Iterator[Provider]:
    """One provider for the tests that are refused everything."""
    with maker(request, filled) as make:
        yield make()


def refused(shared: Provider, token: str, *, status: int, error: str, verbs: tuple[str, ...] = ()) -> None:
    """Check that every operation refuses a token alike, and that nothing comes of it."""
    api = Api(shared.transport, shared.issuer, token)
    before = shared.dump()
    for verb, path, _ in operations(shared):
        if verbs and verb not in verbs:
            continue
        page = api.call(verb, path, {}, If_Match='"1"')
        assert page.status == status, page
        assert page.json()["type"] == f"urn:idp:problem:{error}"
        assert page.header("content-type") == "application/problem+json"
        assert "Bearer" in page.header("www-authenticate") or status == 403
    assert shared.dump() == before


def test_adm_01_nobody_is_let_in(shared: Provider) -> None:
    """ADM-01: no token, whatever the operation; the challenge names no error (RFC 6750 §3.1)."""
    refused(shared, "", status=401, error="unauthorized")
    page = Api(shared.transport, shared.issuer, "").call("GET", "/people")
    assert "error" not in page.header("www-authenticate")


@pytest.mark.parametrize("kind", ["made up", "other api", "no audience", "id token", "opaque of another"])
def test_adm_01_tokens_for_others_open_nothing(shared: Provider, kind: str) -> None:
    """OAU-36, ASVS 9.2.3: only an access token that names this API; another's with every scope there is does not."""
    shared.add_person("the-owner", has_totp=True, roles=("owner",))
    owner = shared.people["the-owner"]
    match kind:
        case "made up":
            token = "made.up.token"
        case "other api":
            token = robot(shared, client_id="elsewhere", audience="https://api.test").token
        case "no audience":
            token = robot(shared, client_id="nowhere", audience="").token
        case "opaque of another":
            token = robot(shared, client_id="dull", audience="https://a.test", access_token_format="opaque").token
        case _:
            token = shared.sign_in(shared.browser(), shared.bank, owner, acr_values=MFA).id_token
    refused(shared, token, status=401, error="invalid_token")


def test_adm_01_each_operation_takes_its_scope(shared: Provider) -> None:
    """ASVS 8.2.1: with every scope but those it names an operation is closed, and says which would do."""
    for verb, path, said in operations(shared):
        wanted = {scope for each in said["security"] for scope in each["token"]}
        others = [scope for scope in own_api.SCOPES if scope not in wanted]
        api = robot(shared, " ".join(others), client_id="without-" + "-".join(sorted(wanted)))
        page = api.call(verb, path, {}, If_Match='"1"')
        assert (page.status, page.json()["type"]) == (403, "urn:idp:problem:insufficient_scope"), page
        assert any(scope in page.header("www-authenticate") for scope in wanted)


def test_adm_01_roles_bind_tokens(provider: Provider) -> None:
    """ADM-01, ADM-21: whatever scopes a person lets a client have, their role decides; none at all opens nothing."""
    auditor = administrator(provider, "auditor")
    alone = Api(provider.transport, provider.issuer, persons_token(provider, provider.people["bob"]))
    for verb, path, _ in operations(provider):
        is_look = verb == "GET"
        assert (auditor.call(verb, path, {}, If_Match='"1"').status == 403) is not is_look, path
        assert alone.call(verb, path, {}, If_Match='"1"').status == 403, path
    helpdesk = administrator(provider, "helpdesk")
    bob = provider.people["bob"].id
    assert helpdesk.call("POST", f"/people/{bob}/unlock").status == 204
    for path, body in (("/people", {"username": "x"}), (f"/people/{bob}/ticket", None), ("/policies/drafts", {})):
        assert helpdesk.call("POST", path, body).status == 403


def test_adm_02_changes_take_a_fresh_proof(provider: Provider) -> None:
    """ADM-02, RFC 9470 §3: 401 with what would do; after a step-up of just that the same call is done."""
    low = administrator(provider, "owner", acr_values="urn:idp:acr:1fa")
    looked = low.call("GET", "/people")
    assert (looked.status, looked.json()["type"]) == (401, "urn:idp:problem:insufficient_user_authentication")
    assert (looked.json()["acr_values"], "max_age" in looked.json()) == (MFA, False)
    owner = administrator(provider, "owner")
    provider.advance(601)
    owner = replace(owner, token=persons_token_again(provider, owner))
    with provider.unchanged("clients", "bundle_drafts", "users"):
        asked = owner.call("POST", "/clients", CLIENT)
    assert (asked.status, asked.json()["max_age"]) == (401, 600)
    assert 'error="insufficient_user_authentication"' in asked.header("www-authenticate")
    assert 'max_age="600"' in asked.header("www-authenticate")
    assert owner.call("GET", "/clients").status == 200
    fresh = administrator(provider, "owner", max_age=str(asked.json()["max_age"]))
    assert fresh.call("POST", "/clients", CLIENT).status == 201


def persons_token_again(provider: Provider, _old: Api) -> str:
    """Return a token on proofs that are ten minutes old: the browser's session holds them still."""
    browser = provider.browser()
    owner, party = provider.people["the-owner"], provider.parties["deck"]
    scope = f"openid {ALL}"
    provider.sign_in(browser, party, owner, acr_values=MFA, scope=scope)
    provider.advance(601)
    return provider.sign_in(browser, party, owner, acr_values=MFA, scope=scope).access_token


def test_adm_21_clients_stay_below_owners(provider: Provider) -> None:
    """ADM-21: a client for itself changes whom an administrator may; owners and administrators are not among them."""
    api = robot(provider)
    for role in ("owner", "admin"):
        target = provider.add_person(f"some-{role}", has_totp=True, roles=(role,))
        for path in ("disable", "unlock", "end-sessions", "reset-factors", "temporary-code", "ticket"):
            assert api.call("POST", f"/people/{target.id}/{path}").status == 403, path
        tag = api.tag(f"/people/{target.id}")
        assert api.call("PATCH", f"/people/{target.id}", {"groups": ["x"]}, If_Match=tag).status == 403
        assert {each["factor"] for each in api.get(f"/people/{target.id}")["methods"]} == {"password", "totp"}
    helper = provider.add_person("some-helpdesk", roles=("helpdesk",))
    assert api.call("POST", f"/people/{helper.id}/unlock").status == 204
    owner = administrator(provider, "owner")
    assert owner.call("POST", f"/people/{provider.people['the-owner'].id}/disable").status == 403


def test_adm_21_scopes_of_this_api_are_an_owners_to_give(provider: Provider) -> None:
    """Neither an administrator nor a client makes a client that may more than they, in whatever way."""
    wide = {"client_name": "Wide", "grant_types": ["client_credentials"], "scope": "admin.keys admin.people"}
    machine = robot(provider)
    admin, owner = administrator(provider, "admin"), administrator(provider, "owner")
    for api in (machine, admin):
        page = api.call("POST", "/clients", wide)
        assert (page.status, page.json()["errors"][0]["field"]) == (422, "scope")
        bank = api.call("PATCH", "/clients/bank", {"scope": "openid admin.people"}, If_Match=api.tag("/clients/bank"))
        assert bank.status == 422
        tag = api.tag("/clients/robot")
        for verb, path in (("POST", "/secret"), ("POST", "/disable"), ("DELETE", "")):
            assert api.call(verb, f"/clients/robot{path}", If_Match=tag).status == 403
        assert api.call("PATCH", "/clients/robot", {"client_name": "Mine"}, If_Match=tag).status == 403
    made = owner.do("POST", "/clients", wide)
    assert made["application"]["metadata"]["scope"] == "admin.keys admin.people"
    assert own_token(provider, "robot")


def test_adm_21_what_is_taken_away_ends_at_once(provider: Provider, bob: Person) -> None:
    """ASVS 8.3.2: a scope, a role, a client, a session, a person: gone for tokens that are out already."""
    machine, owner = robot(provider), administrator(provider, "owner")
    with provider.database.transaction() as tx:
        client = clients.get(tx, "robot")
        assert client is not None
        clients.save(tx, replace(client, scope=("admin.people",)))
    assert machine.call("GET", "/people").status == 403
    provider.disable_client("robot")
    assert machine.call("POST", f"/people/{bob.id}/unlock").status == 401
    person = provider.people["the-owner"]
    with provider.database.transaction() as tx:
        user = users.get(tx, person.id)
        assert user is not None
        users.save(tx, replace(user, roles=()))
    assert owner.call("GET", "/people").json()["type"] == "urn:idp:problem:forbidden"
    provider.end_sessions(person)
    assert owner.call("GET", "/people").status == 401


def test_ses_05_cookies_open_nothing(provider: Provider) -> None:
    """A browser in which an owner has just proved all they have is nobody here: no page can call it for them."""
    owner = provider.add_person("the-owner", has_totp=True, roles=("owner",))
    browser = provider.browser()
    owner.answer(browser, browser.open("/admin/keys"), provider.clock.now())
    assert browser.get(f"{ROOT}/people").status == 401
    assert (
        browser.send_json("POST", f"{ROOT}/policies/drafts", {}, headers={"Sec-Fetch-Site": "same-origin"}).status
        == 401
    )


def test_oau_38_token_counts_in_the_header_alone(provider: Provider) -> None:
    """RFC 9700 §4.3.2: in a query or a body it is none; two in one header are malformed."""
    api = robot(provider)
    nobody = replace(api, token="")
    assert nobody.call("GET", f"/people?access_token={api.token}").status == 401
    assert nobody.call("GET", "/people", Authorization=f"Basic {api.token}").status == 401
    assert nobody.call("GET", "/people", Authorization=f"Bearer {api.token} {api.token}").status == 400


@pytest.mark.parametrize("cursor", ["x", "W10", "WzFd", "WyInOyBEUk9QIl0", "bnVsbA", "é", "W251bGxd"])
@pytest.mark.parametrize("path", ["/people", "/clients", "/decisions", "/audit"])
def test_adm_16_forged_cursors_are_refused_or_bound(shared: Provider, path: str, cursor: str) -> None:
    """ADM-16: whatever is no cursor of ours is 400, or a value that is bound like any other; never an error of SQL."""
    api = robot(shared, client_id="reader")
    page = api.call("GET", f"{path}?cursor={cursor.encode().hex() if cursor == 'é' else cursor}")
    assert page.status in {200, 400}, page
    for text in ("sort=password_hash", "filter[x]=1", "q=%25&q=_", "order=desc;--"):
        assert api.call("GET", f"{path}?{text}").status in {200, 400}


def test_adm_09_asking_a_policy_changes_nothing(provider: Provider) -> None:
    """ADM-09: the simulator, lint and replay take the right to edit, run no code, and leave nothing behind."""
    api, looks = robot(provider), robot(provider, "admin.console", client_id="looker")
    calls = [
        ("/policies/simulations", {"who": "bob", "proofs": [{"factor": "password"}], "facts": {"net.tor": "true"}}),
        ("/policies/lint", {"text": "bundle: !!python/object/apply:os.system [id]"}),
    ]
    before = provider.dump()
    for path, body in calls:
        assert api.call("POST", path, body).status == 200, path
        assert looks.call("POST", path, body).status == 403
    odd = api.call("POST", "/policies/simulations", {"who": "bob", "facts": {"__class__": "x", "risk.band": "5"}})
    assert (odd.status, len(odd.json()["errors"])) == (422, 2)
    assert provider.dump() == before


def test_adm_28_api_refuses_what_pages_refuse(provider: Provider) -> None:
    """ADM-28: metadata and people are checked as everywhere; a policy that locks all out is not published."""
    api, owner = robot(provider), administrator(provider, "owner")
    for body, field in (
        ({**CLIENT, "redirect_uris": ["javascript:alert(1)"]}, "redirect_uris"),
        ({**CLIENT, "token_endpoint_auth_method": "none", "require_pkce": False}, "require_pkce"),
        ({**CLIENT, "scope": "profile"}, "scope"),
    ):
        page = api.call("POST", "/clients", body)
        assert (page.status, page.json()["errors"][0]["field"]) == (422, field)
    assert api.call("POST", "/people", {"username": " x"}).status == 422
    assert api.call("POST", "/people", {"username": "x", "roles": ["owner"]}).status == 400
    draft = owner.do("POST", "/policies/drafts", {})
    path = f"/policies/drafts/{draft['id']}"
    locked = draft["text"].replace(
        "rules:\n", "rules:\n  - {id: nobody, if: {user.roles: {contains_any: [owner]}}, deny: no}\n", 1
    )
    owner.do("PUT", path, {"text": locked}, If_Match='"1"')
    page = owner.call("POST", f"{path}/publish", {}, If_Match='"2"')
    assert page.status == 422
    assert any("no administrator could publish again" in each["detail"] for each in page.json()["errors"])
    assert "people could not meet it" in page.json()["detail"]
    for number, (section, written, reason, concerned) in enumerate(
        (
            ("rules:\n", "rules:\n  - {id: all, require: {acr: phrh}}\n", "nothing can satisfy it", "4 of 4 people"),
            ("tests:\n", "tests:\n  - {name: t, given: {client: bank}, expect: {outcome: allow}}\n", "the test fails",
             "0 of 4 people"),
        ),
        start=2,
    ):  # fmt: skip
        owner.do("PUT", path, {"text": draft["text"].replace(section, written, 1)}, If_Match=f'"{number}"')
        page = owner.call("POST", f"{path}/publish", {}, If_Match=f'"{number + 1}"')
        assert page.status == 422
        assert any(reason in each["detail"] and each["line"] for each in page.json()["errors"])
        assert concerned in page.json()["detail"]
    assert owner.get("/policies/live")["text"] == draft["text"]


def test_second_approver_is_another_person(provider: Provider) -> None:
    """With a second approver a client may propose and nobody but a person, and another one, may agree."""
    owner, admin, machine = administrator(provider, "owner"), administrator(provider, "admin"), robot(provider)
    draft = owner.do("POST", "/policies/drafts", {})
    path = f"/policies/drafts/{draft['id']}"
    text = draft["text"] + "publishing: {second_approver: true}\n"
    owner.do("PUT", path, {"text": text}, If_Match='"1"')
    assert owner.do("POST", f"{path}/publish", {}, If_Match='"2"')["outcome"] == "published"
    again = admin.do("POST", "/policies/drafts", {})
    path = f"/policies/drafts/{again['id']}"
    admin.do("PUT", path, {"text": text.replace("idle: 12h", "idle: 11h", 1)}, If_Match='"1"')
    proposed = admin.do("POST", f"{path}/publish", {}, If_Match='"2"')
    assert proposed["outcome"] == "proposed"
    approve = f"/policies/proposals/{proposed['proposal']}/approve"
    assert (admin.call("POST", approve).status, machine.call("POST", approve).status) == (409, 409)
    assert owner.do("POST", approve)["outcome"] == "published"
    assert owner.call("POST", approve).status == 404


def test_two_at_once_make_one(provider: Provider) -> None:
    """One key, two calls at the same moment: one application, one secret, one answer."""
    api, answers, gate = robot(provider), [], threading.Barrier(2)

    def call() -> None:
        gate.wait()
        answers.append(api.call("POST", "/clients", CLIENT, Idempotency_Key="both"))

    before = provider.count("clients")
    threads = [threading.Thread(target=call) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.status for each in answers} == {201}
    assert len({json.dumps(each.json(), sort_keys=True) for each in answers}) == 1
    assert provider.count("clients") == before + 1


def test_two_at_once_change_once(provider: Provider, bank: RelyingParty) -> None:
    """One state, two changes at the same moment: one is kept, the other is told 412."""
    api, statuses, gate = robot(provider), [], threading.Barrier(2)
    tag = api.tag("/clients/bank")

    def call(name: str) -> None:
        gate.wait()
        statuses.append(api.call("PATCH", "/clients/bank", {"client_name": name}, If_Match=tag).status)

    threads = [threading.Thread(target=call, args=(name,)) for name in ("One", "Two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 412]
