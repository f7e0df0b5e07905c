"""Tokens made from a grant."""

from dataclasses import replace
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.core.tokens import digest
from idp.oidc.hints import subject_of
from idp.oidc.standing import store as standings
from idp.records.clients import store as clients
from tests.oidc.endpoints import Endpoints, a_decision
from tests.oidc.kit import ISSUER, MFA, NOW, asked


def register(endpoints: Endpoints, alg: str) -> None:
    with endpoints.database.transaction() as tx:
        clients.save(tx, replace(clients.get(tx, "c1"), id_token_signed_response_alg=alg))


def id_token(endpoints: Endpoints) -> str:
    return endpoints.redeem(endpoints.code()).json()["id_token"]


def decoded(endpoints: Endpoints, token: str, alg: str) -> jwt.Token:
    keys = endpoints.call("GET", "/jwks").json()
    return jwt.decode(token, KeySet.import_key_set(keys), algorithms=[alg])


@pytest.mark.parametrize(
    ("registered", "alg"), [("RS256", "RS256"), ("ES256", "ES256"), ("none", "RS256"), ("HS256", "RS256")]
)
def test_id_token_is_always_signed_by_a_key_pair(endpoints: Endpoints, registered, alg):
    """JOS-11: `none` and HS256 are never used, whatever a record says; the kid names the key that signed."""
    register(endpoints, registered)
    token = decoded(endpoints, id_token(endpoints), alg)
    assert (token.header["alg"], token.header["typ"]) == (alg, "JWT")
    assert token.claims["acr"] == MFA


def test_id_token_of_a_previous_key_is_still_a_hint(endpoints: Endpoints):
    """OIDC Core 1.0 §10.1.1: after a rotation the new key signs, and the old one still verifies."""
    old = id_token(endpoints)
    with endpoints.database.transaction() as tx:
        endpoints.keys.rotate(tx, "RS256")
        jwks = endpoints.keys.public_jwks(tx)
    new = id_token(endpoints)
    assert decoded(endpoints, old, "RS256").header["kid"] != decoded(endpoints, new, "RS256").header["kid"]
    assert subject_of(old, issuer=ISSUER, client_id="c1", public_jwks=jwks) == "u1"


def test_access_token_is_kept_as_a_hash(endpoints: Endpoints):
    """256 bits at the client, a digest at rest, ten minutes at most."""
    with endpoints.database.transaction() as tx:
        clients.save(tx, replace(clients.get(tx, "c1"), access_token_format="opaque"))
    value = endpoints.redeem(endpoints.code()).json()["access_token"]
    with endpoints.database.transaction() as tx:
        record, behind = standings.of_token(tx, digest(value))
    assert len(value) == 43
    assert value not in repr((record, behind))
    assert record.expires_at == NOW + timedelta(minutes=10)


def test_id_token_says_when_the_person_acted(endpoints: Endpoints):
    """ACR-19: auth_time is the grant's, iat and exp are ours and now."""
    earlier = NOW - timedelta(hours=1)
    code = endpoints.code(asked(), decision=a_decision(NOW, auth_time=earlier))
    endpoints.clock.at = NOW + timedelta(seconds=30)
    claims = decoded(endpoints, endpoints.redeem(code).json()["id_token"], "RS256").claims
    assert claims["auth_time"] == int(earlier.timestamp())
    assert claims["iat"] == int(NOW.timestamp()) + 30
    assert claims["exp"] == claims["iat"] + 600
