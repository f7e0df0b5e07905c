"""The token endpoint as Authlib's server answers it."""

import base64
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.records.clients import store as clients
from tests.oidc.endpoints import Endpoints
from tests.oidc.kit import SECRET, VERIFIER, a_client
from tests.support.relying_party import basic

FUZZ = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
FIELDS = st.sampled_from(
    ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "scope", "client_assertion"]
)


def test_token_answers_are_not_stored_by_anybody(endpoints: Endpoints):
    """RFC 6749 §5.1: no-store on success and on errors."""
    for reply in (endpoints.redeem(endpoints.code()), endpoints.redeem("bogus")):
        assert (reply.headers["Cache-Control"], reply.headers["Pragma"]) == ("no-store", "no-cache")


@pytest.mark.parametrize("name", ["grant_type", "code", "redirect_uri", "code_verifier", "client_id", "extra"])
def test_token_parameter_given_twice_is_invalid_request(endpoints: Endpoints, name):
    """RFC 6749 §3.2: no parameter more than once; the code stays unspent."""
    code = endpoints.code()
    fields = [("grant_type", "authorization_code"), ("code", code), ("code_verifier", VERIFIER)]
    reply = endpoints.post("/token", [*fields, (name, "x"), (name, "x")], {"Authorization": basic("c1", SECRET)})
    assert (reply.status, reply.json()["error"]) == (400, "invalid_request")
    assert endpoints.redeem(code).status == 200


def test_token_query_is_not_read(endpoints: Endpoints):
    """OAU-07: the body alone."""
    reply = endpoints.call("POST", "/token", {}, query=f"grant_type=authorization_code&client_secret={SECRET}")
    assert reply.json()["error"] == "invalid_request"


def test_token_refusals_of_a_client_are_all_alike(endpoints: Endpoints):
    """OAU-32: one status, one body, one challenge."""
    code = endpoints.code()
    wrong = [
        basic("c1", "x"),
        basic("nobody", SECRET),
        "Basic \x80",
        "Bearer x",
        "Basic " + base64.b64encode(b"\xff:").decode(),
    ]
    replies = [endpoints.redeem(code, headers={"Authorization": header}) for header in wrong]
    replies.append(endpoints.redeem(code, client_id="c1", client_secret=SECRET))
    assert {(reply.status, reply.body, reply.headers["WWW-Authenticate"]) for reply in replies} == {
        (401, replies[0].body, 'Basic realm="idp", charset="UTF-8"')
    }


def test_token_of_a_disabled_client_is_refused(endpoints: Endpoints):
    """OAU-31: at once."""
    code = endpoints.code()
    with endpoints.database.transaction() as tx:
        clients.save(tx, replace(clients.get(tx, "c1"), disabled_at=endpoints.clock.at))
    assert endpoints.redeem(code).status == 401


@pytest.mark.parametrize("grant_type", ["password", "implicit", "bogus", 'a"b', "é", "x" * 5000])
def test_token_grant_types_are_a_closed_list(endpoints: Endpoints, grant_type):
    """OAU-17: nothing else is offered, and nothing of the request is repeated."""
    reply = endpoints.redeem(endpoints.code(), grant_type=grant_type)
    assert (reply.status, reply.json()["error"]) == (400, "unsupported_grant_type")
    assert len(reply.body) < 300


def test_token_grant_type_must_be_the_clients(endpoints: Endpoints):
    """RFC 6749 §5.2: unauthorized_client."""
    with endpoints.database.transaction() as tx:
        clients.add(tx, a_client(client_id="c2", grant_types=("client_credentials",)))
    reply = endpoints.redeem(endpoints.code(), headers={"Authorization": basic("c2", SECRET)})
    assert reply.json()["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    ("origin", "is_allowed"),
    [
        ("https://rp1.test", True),
        ("https://rp1.test.evil.test", False),
        ("https://evil.test", False),
        ("http://rp1.test", False),
        ("null", False),
    ],
)
def test_token_is_read_by_scripts_of_the_clients_own_origin(endpoints: Endpoints, origin, is_allowed):
    """SES-17: an allow-list at /token and /userinfo, never with credentials."""
    reply = endpoints.redeem(endpoints.code(), headers={"Authorization": basic("c1", SECRET), "Origin": origin})
    told = endpoints.userinfo(reply.json()["access_token"], Origin=origin)
    for answer in (reply, told):
        assert answer.headers.get("Access-Control-Allow-Origin") == (origin if is_allowed else None)
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


@FUZZ
@given(
    st.lists(st.tuples(FIELDS, st.text(st.characters(codec="utf-8"), max_size=50)), max_size=8), st.binary(max_size=60)
)
def test_token_never_fails(endpoints: Endpoints, fields, credentials):
    """No anonymous input gives a 5xx, or a token."""
    header = "Basic " + base64.b64encode(credentials).decode()
    grant = ("grant_type", "authorization_code")
    for headers in ({}, {"Authorization": header}, {"Authorization": credentials.decode("latin-1")}):
        assert endpoints.post("/token", fields, headers).status in (400, 401)
        assert endpoints.post("/token", [grant, *fields], headers).status in (400, 401)
