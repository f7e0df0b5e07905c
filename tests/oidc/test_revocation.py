"""Revocation: what is given back is over, and nobody learns what there was."""

import pytest

from idp.records.audit import store as audit
from tests.oidc.endpoints import Endpoints
from tests.oidc.kit import SECRET
from tests.support.relying_party import basic


@pytest.mark.parametrize("form", ["jwt", "opaque"])
@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "bogus"])
def test_revoked_access_token_ends_alone(endpoints: Endpoints, form: str, hint: str):
    """RFC 7009 §2.1: this token, at once; the grant goes on."""
    endpoints.amend(access_token_format=form)
    tokens = endpoints.offline()
    reply = endpoints.revoke(tokens["access_token"], **({"token_type_hint": hint} if hint else {}))
    assert (reply.status, reply.json()) == (200, {})
    assert endpoints.userinfo(tokens["access_token"]).status == 401
    assert endpoints.introspect(tokens["access_token"]) == {"active": False}
    assert endpoints.refresh(tokens["refresh_token"]).status == 200


@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_revoked_refresh_token_ends_its_grant(endpoints: Endpoints, form: str):
    """RFC 7009 §2.1: the family, and the access tokens that were issued on the grant."""
    endpoints.amend(access_token_format=form)
    first = endpoints.offline()
    second = endpoints.refresh(first["refresh_token"]).json()
    other = endpoints.offline()
    assert endpoints.revoke(second["refresh_token"]).status == 200
    assert endpoints.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert {endpoints.userinfo(tokens["access_token"]).status for tokens in (first, second)} == {401}
    assert endpoints.userinfo(other["access_token"]).status == 200
    with endpoints.database.transaction() as tx:
        assert len(audit.list_events(tx, limit=10, name="refresh_token.revoked")) == 1


def test_revoked_refresh_token_may_be_an_old_one(endpoints: Endpoints):
    """A client that missed an answer can still end what it has."""
    first = endpoints.offline()
    second = endpoints.refresh(first["refresh_token"]).json()
    endpoints.revoke(first["refresh_token"])
    assert endpoints.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
@pytest.mark.parametrize("form", ["jwt", "opaque"])
def test_revocation_by_another_client_does_nothing(endpoints: Endpoints, kind: str, form: str):
    """OAU-35: no effect, and the reply is that of a success."""
    endpoints.amend(access_token_format=form)
    tokens, stranger = endpoints.offline(), endpoints.stranger()
    replies = [endpoints.revoke(token, headers=stranger) for token in (tokens[kind], "unknown", "a.b.c")]
    assert {(reply.status, reply.body) for reply in replies} == {(200, b"{}")}
    assert endpoints.userinfo(tokens["access_token"]).status == 200
    assert endpoints.refresh(tokens["refresh_token"]).status == 200


def test_revocation_of_a_garbled_refresh_token_does_nothing(endpoints: Endpoints):
    """What we never issued ends nothing."""
    token = endpoints.offline()["refresh_token"]
    assert endpoints.revoke(token[:-1] + ("0" if token[-1] != "0" else "1")).status == 200
    assert endpoints.refresh(token).status == 200


def test_revocation_by_a_public_client(endpoints: Endpoints):
    """RFC 7009 §2.1: a public client names itself."""
    tokens = endpoints.offline()
    endpoints.amend(token_endpoint_auth_method="none")
    reply = endpoints.post("/revoke", [("token", tokens["access_token"]), ("client_id", "c1")])
    assert reply.status == 200
    assert endpoints.userinfo(tokens["access_token"]).status == 401


@pytest.mark.parametrize("fields", [[], [("token", "")], [("token", "x"), ("token", "y")]])
def test_revocation_takes_one_token(endpoints: Endpoints, fields):
    """RFC 7009 §2.1, RFC 6749 §3.2."""
    reply = endpoints.post("/revoke", fields, {"Authorization": basic("c1", SECRET)})
    assert (reply.status, reply.json()["error"]) == (400, "invalid_request")


def test_revocation_needs_its_client(endpoints: Endpoints):
    """RFC 7009 §2.1: wrong credentials are refused before anything is looked at."""
    tokens = endpoints.offline()
    reply = endpoints.revoke(tokens["access_token"], headers={"Authorization": basic("c1", "wrong")})
    assert (reply.status, reply.json()["error"]) == (401, "invalid_client")
    assert endpoints.userinfo(tokens["access_token"]).status == 200


def test_revocation_may_be_read_by_the_clients_own_scripts(endpoints: Endpoints):
    """SES-17: its own origin, no other."""
    header = basic("c1", SECRET)
    own = endpoints.revoke("x", headers={"Authorization": header, "Origin": "https://rp1.test"})
    other = endpoints.revoke("x", headers={"Authorization": header, "Origin": "https://evil.test"})
    assert own.headers["Access-Control-Allow-Origin"] == "https://rp1.test"
    assert "Access-Control-Allow-Origin" not in other.headers
