"""Introspection: what a token is worth at this moment, told to whom it concerns."""

from datetime import timedelta

import pytest

from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from tests.oidc.endpoints import Endpoints, a_decision
from tests.oidc.kit import ISSUER, MFA, NOW, SECRET
from tests.support.relying_party import basic

INACTIVE = {"active": False}


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_introspection_of_an_access_token(endpoints: Endpoints, form: str):
    """RFC 7662 §2.2: all that a resource server needs, the same for both kinds."""
    endpoints.amend(access_token_format=form)
    answer = endpoints.introspect(endpoints.offline()["access_token"])
    assert bool(answer.pop("jti", None)) is (form == "jwt")
    assert answer == {
        "active": True,
        "iss": ISSUER,
        "sub": "u1",
        "aud": ISSUER + "/userinfo",
        "client_id": "c1",
        "scope": "openid email offline_access",
        "token_type": "Bearer",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 600,
        "acr": MFA,
        "amr": ["pwd", "otp", "mfa"],
        "auth_time": int(NOW.timestamp()),
    }


def test_introspection_of_a_refresh_token_names_no_type(endpoints: Endpoints):
    """RFC 7662 §2.2: no API may take it for an access token."""
    token = endpoints.offline()["refresh_token"]
    answer = endpoints.introspect(token)
    assert (answer["active"], answer["client_id"], answer["exp"]) == (True, "c1", int(NOW.timestamp()) + 30 * 86400)
    assert not {"token_type", "aud"} & set(answer)
    endpoints.refresh(token)
    assert endpoints.introspect(token) == INACTIVE


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_introspection_by_another_client_tells_nothing(endpoints: Endpoints, kind: str, form: str):
    """OAU-34: as if there were no such token."""
    endpoints.amend(access_token_format=form)
    token = endpoints.offline()[kind]
    assert endpoints.introspect(token, headers=endpoints.stranger()) == INACTIVE


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_introspection_by_the_api_that_is_named(endpoints: Endpoints, form: str):
    """RFC 7662 §2.1: an API whose client_id is the audience may ask about the tokens it is shown."""
    endpoints.amend(access_token_format=form, audience="c2")
    answer = endpoints.introspect(endpoints.offline()["access_token"], headers=endpoints.stranger())
    assert (answer["active"], answer["aud"]) == (True, ["c2", ISSUER + "/userinfo"])


@pytest.mark.parametrize("token", ["x", "a.b.c", "0" * 32 + "." + "a" * 43 + "0" * 64, "\u00e9", "x" * 9000])
def test_introspection_of_the_unknown_is_a_body(endpoints: Endpoints, token: str):
    """RFC 7662 §2.2: `active: false` and nothing else, never an error."""
    assert endpoints.introspect(token) == INACTIVE


@pytest.mark.parametrize("headers", [{"Authorization": basic("c1", "wrong")}, {"X": "y"}])
def test_introspection_needs_a_client(endpoints: Endpoints, headers):
    """RFC 7662 §2.1: nobody asks without saying who they are."""
    reply = endpoints.post("/introspect", [("token", "x")], headers)
    assert (reply.status, reply.json()["error"]) == (401, "invalid_client")


def test_introspection_by_a_public_client_is_refused(endpoints: Endpoints):
    """OAU-34: whoever knows its name could ask."""
    token = endpoints.offline()["access_token"]
    endpoints.amend(token_endpoint_auth_method="none")
    reply = endpoints.post("/introspect", [("token", token), ("client_id", "c1")])
    assert (reply.status, reply.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("fields", [[], [("token", "")], [("token", "x"), ("token", "y")]])
def test_introspection_takes_one_token(endpoints: Endpoints, fields):
    """RFC 7662 §2.1."""
    reply = endpoints.post("/introspect", fields, {"Authorization": basic("c1", SECRET)})
    assert (reply.status, reply.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "bogus"])
def test_introspection_hint_changes_nothing(endpoints: Endpoints, hint: str):
    """RFC 7662 §2.1: it is a hint."""
    fields = [("token", endpoints.offline()["access_token"]), ("token_type_hint", hint)]
    assert endpoints.post("/introspect", fields, {"Authorization": basic("c1", SECRET)}).json()["active"]


def disable_user(endpoints: Endpoints, tx) -> None:
    users.set_disabled(tx, "u1", NOW)


def end_session(endpoints: Endpoints, tx) -> None:
    sessions.end(tx, "s1", NOW)


def remove_credentials(endpoints: Endpoints, tx) -> None:
    for name in ("p1", "k1"):
        credentials.remove_credential(tx, name, "u1")


def expire(endpoints: Endpoints, tx) -> None:
    endpoints.clock.at = NOW + timedelta(minutes=10)


@pytest.mark.parametrize("event", [disable_user, end_session, remove_credentials, expire])
@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_introspection_sees_what_has_ended(endpoints: Endpoints, event, form: str):
    """SES-14: a signed token too is only as good as what stands behind it."""
    endpoints.amend(access_token_format=form)
    token = endpoints.offline(scope="openid")["access_token"]
    assert endpoints.introspect(token)["active"]
    with endpoints.database.transaction() as tx:
        event(endpoints, tx)
    assert endpoints.introspect(token) == INACTIVE


@pytest.mark.parametrize("event", [disable_user, remove_credentials])
def test_introspection_of_a_refresh_token_sees_what_has_ended(endpoints: Endpoints, event):
    """The same holds for the family."""
    token = endpoints.offline()["refresh_token"]
    assert endpoints.introspect(token)["active"]
    with endpoints.database.transaction() as tx:
        event(endpoints, tx)
    assert endpoints.introspect(token) == INACTIVE


def test_introspection_tells_a_level_that_has_aged(endpoints: Endpoints):
    """policy.md §3, Later: an API sees a step-up decay before the token ends; amr and auth_time stay."""
    with endpoints.database.transaction() as tx:
        credentials.remove_credential(tx, "k1", "u1")
    answer = endpoints.introspect(endpoints.offline()["access_token"])
    assert (answer["acr"], answer["amr"]) == ("urn:idp:acr:1fa", ["pwd", "otp", "mfa"])


def test_introspection_ends_with_the_level_it_rests_on(endpoints: Endpoints):
    """P8: a token does not outlive its acr."""
    decision = a_decision(NOW, lapses_at=NOW + timedelta(seconds=90))
    assert endpoints.introspect(endpoints.offline(decision=decision)["access_token"])["exp"] == NOW.timestamp() + 90
