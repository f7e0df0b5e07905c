"""Clients on their own: what they may ask for, what it costs, and what is told of it."""

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet
from msgspec import structs

from idp.core.tokens import digest
from idp.oidc.client_credentials import is_open_to
from idp.oidc.standing import store as standings
from idp.records.audit import store as audit
from idp.records.clients import store as clients
from idp.records.clients.model import ClientSecret
from idp.records.decisions import store as decisions
from idp.records.grants.client_tokens import store as client_tokens
from idp.web.wire import Request
from tests.oidc.endpoints import Endpoints
from tests.oidc.kit import ISSUER, NOW, a_client
from tests.support.relying_party import basic

API = "https://api.test"
ROBOT = {"Authorization": basic("robot", "secret-of-robot")}
FORMATS = pytest.mark.parametrize("form", ["jwt", "opaque"])


@pytest.fixture
def robot(endpoints: Endpoints) -> Endpoints:
    """A client without people, registered for two scopes at an API."""
    secret = ClientSecret(secret_hash=digest("secret-of-robot"), created_at=NOW)
    client = a_client(
        client_id="robot",
        secrets=(secret,),
        grant_types=("client_credentials",),
        response_types=(),
        redirect_uris=(),
        scope=("read", "write"),
        audience=API,
        tags=("batch",),
    )
    with endpoints.database.transaction() as tx:
        clients.add(tx, client)
    return endpoints


def ask(endpoints: Endpoints, headers=ROBOT, **fields: str):
    return endpoints.post("/token", [("grant_type", "client_credentials"), *fields.items()], headers)


def deny(endpoints: Endpoints, rule: str) -> None:
    """Put a policy in force that has one more rule."""
    with endpoints.database.transaction() as tx:
        bundle = endpoints.policies.live(tx)
    text = bundle.text.replace("rules:\n", f"rules:\n  - {rule}\n", 1)
    assert text != bundle.text
    endpoints.publish(text)


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_signed_token_is_what_rfc_9068_says(robot: Endpoints, alg: str):
    """RFC 9068 §2.2: `sub` is the client; nothing speaks of a sign-in. The algorithm is the client's."""
    robot.amend("robot", access_token_signed_response_alg=alg)
    reply = ask(robot).json()
    assert {name: reply[name] for name in reply if name != "access_token"} == {
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "read write",
    }
    keys = KeySet.import_key_set(robot.call("GET", "/jwks").json())
    token = jwt.decode(reply["access_token"], keys, algorithms=[alg])
    claims = dict(token.claims)
    assert len(claims.pop("jti")) == 32
    assert (token.header["typ"], token.header["alg"]) == ("at+jwt", alg)
    assert claims == {
        "iss": ISSUER,
        "aud": API,
        "sub": "robot",
        "client_id": "robot",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
        "scope": "read write",
    }
    assert robot.introspect(reply["access_token"], headers=ROBOT)["active"] is True


def test_algorithm_of_a_record_that_nobody_offers_is_not_used(robot: Endpoints):
    """JOS-11: whatever a record says, a token is signed by what we offer."""
    robot.amend("robot", access_token_signed_response_alg="none")
    assert robot.introspect(ask(robot).json()["access_token"], headers=ROBOT)["active"] is True


def test_no_two_tokens_are_the_same(robot: Endpoints):
    """performance.md §1: a JWT without `jti` repeats itself within a second."""
    assert len({ask(robot).json()["access_token"] for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("asked", "granted"), [("", "read write"), ("read", "read"), ("write read write", "write read"), (" read ", "read")]
)
def test_scopes_are_the_clients_own(robot: Endpoints, asked: str, granted: str):
    """RFC 6749 §3.3: all of them where it asks for none; what was granted is told."""
    assert ask(robot, scope=asked).json()["scope"] == granted


@pytest.mark.parametrize("asked", ["delete", "read delete", "openid", "offline_access", "read openid", 'a"b', "é"])
def test_scope_beyond_the_clients_own_is_refused(robot: Endpoints, asked: str):
    """RFC 6749 §5.2: nothing is issued, not even what it may have; a person's scopes mean nothing here."""
    robot.amend("robot", scope=("read", "openid", "offline_access"))
    reply = ask(robot, scope=asked)
    assert (reply.status, reply.json()["error"]) == (400, "invalid_scope")


def test_client_without_scopes_of_its_own_gets_a_token_without(robot: Endpoints):
    """The audience alone says what it may be used for."""
    robot.amend("robot", scope=("openid", "email"), audience="")
    reply = ask(robot).json()
    assert "scope" not in reply
    told = robot.introspect(reply["access_token"], headers=ROBOT)
    assert (told["scope"], told["aud"]) == ("", ISSUER + "/userinfo")


@pytest.mark.parametrize(
    ("client", "is_open"),
    [
        (a_client(grant_types=("client_credentials",)), True),
        (a_client(grant_types=("client_credentials",), token_endpoint_auth_method="none"), False),
        (a_client(), False),
    ],
    ids=["confidential", "public", "not registered for it"],
)
def test_only_confidential_clients_of_this_grant_may(client, is_open: bool):
    """RFC 6749 §4.4."""
    assert is_open_to(client) is is_open


def test_public_client_is_refused(robot: Endpoints):
    """RFC 6749 §4.4: it could be anybody, whatever its record says."""
    robot.amend("robot", token_endpoint_auth_method="none", secrets=())
    reply = ask(robot, headers={}, client_id="robot")
    assert reply.json()["error"] == "unauthorized_client"


@FORMATS
def test_introspection_tells_the_client_and_its_api(robot: Endpoints, form: str):
    """RFC 7662 §2.2: `sub` is the client; others are told nothing (OAU-34)."""
    robot.amend("robot", access_token_format=form)
    token = ask(robot, scope="read").json()["access_token"]
    told = robot.introspect(token, headers=ROBOT)
    assert {name: told[name] for name in told if name != "jti"} == {
        "active": True,
        "iss": ISSUER,
        "client_id": "robot",
        "sub": "robot",
        "scope": "read",
        "token_type": "Bearer",
        "aud": API,
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
    }
    assert robot.introspect(token) == {"active": False}
    robot.amend("robot", audience="c1")
    assert robot.introspect(ask(robot).json()["access_token"])["client_id"] == "robot"


@FORMATS
@pytest.mark.parametrize(
    "change",
    [
        {"disabled_at": NOW},
        {"grant_types": ("authorization_code",)},
        {"token_endpoint_auth_method": "none"},
    ],
    ids=str,
)
def test_introspection_tells_the_present_state_of_the_client(robot: Endpoints, form: str, change):
    """P9: what the client may no longer have, its token is no longer good for."""
    robot.amend("robot", access_token_format=form, audience="c1")
    token = ask(robot).json()["access_token"]
    assert robot.introspect(token)["active"] is True
    robot.amend("robot", **change)
    assert robot.introspect(token) == {"active": False}


@FORMATS
def test_token_of_a_client_that_was_removed_is_worth_nothing(robot: Endpoints, form: str):
    """OAU-31."""
    robot.amend("robot", access_token_format=form, audience="c1")
    token = ask(robot).json()["access_token"]
    with robot.database.transaction() as tx:
        clients.remove(tx, "robot")
    assert robot.introspect(token) == {"active": False}


@FORMATS
def test_token_can_be_given_back_by_its_own_client_alone(robot: Endpoints, form: str):
    """RFC 7009 §2.1, OAU-35."""
    robot.amend("robot", access_token_format=form)
    token = ask(robot).json()["access_token"]
    assert robot.revoke(token).status == 200
    assert robot.introspect(token, headers=ROBOT)["active"] is True
    assert robot.revoke(token, headers=ROBOT).status == 200
    assert robot.introspect(token, headers=ROBOT) == {"active": False}


@FORMATS
def test_token_lives_ten_minutes(robot: Endpoints, form: str):
    """P8."""
    robot.amend("robot", access_token_format=form)
    token = ask(robot).json()["access_token"]
    robot.clock.at = NOW.replace(minute=9, second=59)
    assert robot.introspect(token, headers=ROBOT)["active"] is True
    robot.clock.at = NOW.replace(minute=10)
    assert robot.introspect(token, headers=ROBOT) == {"active": False}


@pytest.mark.parametrize(
    "rule",
    [
        "{id: no-batch, scope: {client_tags: [batch]}, deny: closed}",
        "{id: no-batch, if: {client.id: {eq: robot}}, deny: closed}",
        "{id: no-batch, if: {client.tags: {contains_any: [batch]}}, deny: closed}",
        "{id: no-batch, scope: {scopes: [write]}, deny: closed}",
    ],
)
def test_deny_rule_about_the_client_holds(robot: Endpoints, rule: str):
    """policy.md §3, Later: at issue and whenever somebody asks; the audit says why."""
    before = ask(robot).json()["access_token"]
    deny(robot, rule)
    assert robot.introspect(before, headers=ROBOT) == {"active": False}
    reply = ask(robot)
    assert (reply.status, reply.json()["error"]) == (400, "unauthorized_client")
    assert b"closed" not in reply.body
    with robot.database.transaction() as tx:
        (event,) = audit.list_events(tx, limit=5, name="access_token.denied")
        record = decisions.get(tx, event.decision_id)
    assert (event.client_id, event.details, event.user_id) == ("robot", {"reason": "closed"}, "")
    assert record is not None
    assert (record.gate, record.outcome, record.because, record.reasons) == (
        "token",
        "deny",
        ("no-batch",),
        ("closed",),
    )


def test_decision_is_kept_only_where_policy_gives_no_token(robot: Endpoints):
    """A token that is given costs no record."""
    assert ask(robot).status == 200
    with robot.database.transaction() as tx:
        assert decisions.list_decisions(tx, limit=5) == ()


@pytest.mark.parametrize(
    "rule",
    [
        "{id: no-others, if: {client.id: {eq: other}}, deny: closed}",
        "{id: no-staff, if: {user.groups: {contains_any: [staff]}}, deny: closed}",
        "{id: no-strangers, if: {none: [{user.roles: {contains_any: [staff]}}]}, deny: closed}",
        "{id: no-tor, if: {net.tor: {eq: true}}, deny: closed}",
        "{id: strong, scope: {clients: [robot]}, require: {acr: urn:idp:acr:mfa}}",
    ],
)
def test_rule_about_others_and_about_people_does_not(robot: Endpoints, rule: str):
    """policy.md §3, Later: `require` rules do not run there, and rules about people wait for one."""
    deny(robot, rule)
    assert ask(robot).status == 200


def test_opaque_token_is_kept_as_a_hash_in_a_table_of_its_own(robot: Endpoints):
    """OAU-49: no look-up of a person's token can find it."""
    robot.amend("robot", access_token_format="opaque")
    token = ask(robot).json()["access_token"]
    with robot.database.transaction() as tx:
        kept = client_tokens.get(tx, digest(token))
        assert kept is not None
        assert (kept.client_id, kept.scopes) == ("robot", ("read", "write"))
        assert standings.of_token(tx, digest(token)) is None
    assert token not in repr(kept)


@pytest.mark.parametrize("value", ["client.", "client.x", "client." + "x" * 43, "client.\x00", "client." + "é" * 43])
def test_what_only_looks_like_one_is_none(robot: Endpoints, value: str):
    """JOS-06: never a failure."""
    reply = robot.post("/introspect", [("token", value)], ROBOT)
    assert reply.status in (200, 400)
    assert reply.json().get("active") is not True


@pytest.mark.parametrize("change", [{"sub": "other"}, {"auth_time": 1}, {"jti": "unknown.x"}], ids=str)
def test_signed_token_that_mixes_the_two_kinds_is_neither(robot: Endpoints, change):
    """OAU-49: a client's own token has the client for its subject and no sign-in; a person's names a grant."""
    claims = {"iss": ISSUER, "sub": "robot", "client_id": "robot", "jti": "j", "aud": API, "scope": ""}
    claims |= {"iat": int(NOW.timestamp()), "exp": int(NOW.timestamp()) + 600}
    with robot.database.transaction() as tx:
        key = robot.keys.signing_key(tx, "ES256")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
    assert robot.introspect(jwt.encode(header, claims, key.key, algorithms=["ES256"]), headers=ROBOT)["active"] is True
    mixed = jwt.encode(header, claims | change, key.key, algorithms=["ES256"])
    assert robot.introspect(mixed, headers=ROBOT) == {"active": False}


def test_token_request_that_spends_nothing_need_not_survive_power_loss(robot: Endpoints):
    """performance.md §2: the route says which; a code and a refresh token are spent for ever."""
    pairs = (("grant_type", "client_credentials"),)
    request = Request(method="POST", path="/token", headers={}, form=pairs)
    assert robot.server.spends(request) is False
    for grant_type in ("authorization_code", "refresh_token", "client_credentials "):
        assert robot.server.spends(structs.replace(request, form=(("grant_type", grant_type),))) is True
