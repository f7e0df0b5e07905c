"""The UserInfo endpoint."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.records.clients import store as clients
from idp.records.grants import store as grants
from idp.records.users import store as users
from tests.oidc.endpoints import Endpoints
from tests.oidc.kit import NOW, asked

FUZZ = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


def token(endpoints: Endpoints, **changes: str) -> str:
    return endpoints.redeem(endpoints.code(asked(**changes))).json()["access_token"]


def test_userinfo_takes_header_and_body(endpoints: Endpoints):
    """OIDC Core 1.0 §5.3.1: GET and POST with the header, POST with the body."""
    value = token(endpoints, scope="openid email")
    header = {"Authorization": f"Bearer {value}"}
    replies = [
        endpoints.call("GET", "/userinfo", header),
        endpoints.call("POST", "/userinfo", header),
        endpoints.post("/userinfo", [("access_token", value)]),
    ]
    for reply in replies:
        assert (reply.status, reply.headers["Cache-Control"]) == (200, "no-store")
        assert reply.json() == {"sub": "u1", "email": "bob@example.test", "email_verified": False}


def test_userinfo_takes_one_token_in_one_place(endpoints: Endpoints):
    """RFC 6750 §2: two methods at once, or twice the same, are invalid_request."""
    value = token(endpoints)
    pair = ("access_token", value)
    for reply in (
        endpoints.post("/userinfo", [pair], {"Authorization": f"Bearer {value}"}),
        endpoints.post("/userinfo", [pair, pair]),
    ):
        assert (reply.status, reply.json()["error"]) == (400, "invalid_request")


def test_userinfo_ignores_the_query(endpoints: Endpoints):
    """RFC 9700 §4.3.2: a token in a URL would be in every log."""
    reply = endpoints.call("GET", "/userinfo", query=f"access_token={token(endpoints)}")
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Bearer realm="idp"')


def disable_client(tx) -> None:
    clients.save(tx, replace(clients.get(tx, "c1"), disabled_at=NOW))


@pytest.mark.parametrize(
    "event",
    [
        lambda tx: users.set_disabled(tx, "u1", NOW),
        lambda tx: grants.revoke_session(tx, "s1", NOW),
        lambda tx: clients.remove(tx, "c1"),
        disable_client,
    ],
    ids=["person disabled", "grant revoked", "client removed", "client disabled"],
)
def test_userinfo_ends_with_what_it_rests_on(endpoints: Endpoints, event):
    """SES-14: a token is worth what its person, client and grant are."""
    value = token(endpoints)
    with endpoints.database.transaction() as tx:
        event(tx)
    reply = endpoints.userinfo(value)
    assert (reply.status, reply.json()["error"]) == (401, "invalid_token")


def test_userinfo_refuses_other_kinds_of_token(endpoints: Endpoints):
    """OAU-36: ID token, code and secret open nothing."""
    code = endpoints.code()
    reply = endpoints.redeem(code).json()
    for value in (reply["id_token"], code, reply["access_token"] + "x", reply["access_token"].swapcase()):
        assert endpoints.userinfo(value).status == 401


def test_userinfo_needs_openid(endpoints: Endpoints):
    """OIDC Core 1.0 §5.3: a plain OAuth token is 403 insufficient_scope."""
    reply = endpoints.userinfo(token(endpoints, scope="email"))
    assert (reply.status, reply.json()["error"]) == (403, "insufficient_scope")
    assert 'scope="openid"' in reply.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("origin", "expected"), [("https://rp1.test", "https://rp1.test"), ("https://evil.test", None)]
)
def test_preflight_knows_the_clients_origins(endpoints: Endpoints, origin, expected):
    """SES-17: only the origins of registered redirection URIs may send a token from a script."""
    reply = endpoints.call(
        "OPTIONS", "/userinfo", {"Origin": origin, "Access-Control-Request-Headers": "authorization"}
    )
    assert reply.status == 204
    assert reply.headers.get("Access-Control-Allow-Origin") == expected
    assert reply.headers["Access-Control-Allow-Headers"] == "authorization"


@FUZZ
@given(st.text(st.characters(codec="latin-1"), max_size=60), st.sampled_from(["Bearer ", "bearer\t", "DPoP ", ""]))
def test_userinfo_never_fails(endpoints: Endpoints, value, scheme):
    """No anonymous input gives a 5xx, or a claim."""
    assert endpoints.call("GET", "/userinfo", {"Authorization": scheme + value}).status in (400, 401)
    assert endpoints.post("/userinfo", [("access_token", value)]).status in (400, 401)
