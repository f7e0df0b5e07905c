"""What the tests of `idp.oidc` share: a client, a request that is right, and what the provider knows."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from idp.core.assurance import traits_table
from idp.core.errors import RedirectError
from idp.core.tokens import digest
from idp.oidc.asking import Known
from idp.oidc.parameters import collect
from idp.oidc.pkce import challenge_of
from idp.oidc.request import AuthorizationRequest, parse, verify_target
from idp.policy.language import Bundle
from idp.policy.loader import load_path
from idp.records.clients.model import Client, ClientSecret
from idp.resources import shipped

ISSUER = "https://idp.test"
CALLBACK = "https://rp1.test/cb"
SECRET = "a-secret-of-many-random-bits-that-only-tests-know"
VERIFIER = "v" * 43
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MFA = "urn:idp:acr:mfa"
RIGHT = {
    "client_id": "c1",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid",
    "state": "a state",
    "nonce": "a nonce",
    "code_challenge": challenge_of(VERIFIER),
    "code_challenge_method": "S256",
}


def a_client(**changes: Any) -> Client:
    values: dict[str, Any] = {
        "client_id": "c1",
        "created_at": NOW,
        "redirect_uris": (CALLBACK,),
        "secrets": (ClientSecret(secret_hash=digest(SECRET), created_at=NOW),),
    }
    return Client(**(values | changes))


def a_refreshing_client(**changes: Any) -> Client:
    return a_client(**{"grant_types": ("authorization_code", "refresh_token"), "first_party": True} | changes)


@cache
def rsa_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "r1", "alg": "RS256", "use": "sig"})


@cache
def ec_key() -> ECKey:
    return ECKey.generate_key("P-256", {"kid": "e1", "alg": "ES256", "use": "sig"})


def public_jwks() -> dict[str, Any]:
    return dict(KeySet([rsa_key(), ec_key()]).as_dict(private=False))


@cache
def a_bundle() -> Bundle:
    return load_path(shipped("policies") / "demo.yaml", traits=traits_table())


def known(**changes: Any) -> Known:
    values: dict[str, Any] = {
        "bundle": a_bundle(),
        "issuer": ISSUER,
        "public_jwks": public_jwks,
    }
    return Known(**(values | changes))


def asked(client: Client | None = None, *, without: tuple[str, ...] = (), **changes: str) -> AuthorizationRequest:
    """Parse the right request with some parameters replaced or left out."""
    pairs = {name: value for name, value in (RIGHT | changes).items() if name not in without}
    return asked_by_pairs(tuple(pairs.items()), client)


def asked_by_pairs(pairs: tuple[tuple[str, str], ...], client: Client | None = None) -> AuthorizationRequest:
    parameters = collect(pairs)
    target = verify_target(parameters, lambda name: (client or a_client()) if name == "c1" else None)
    return parse(parameters, target, known())


def error_of(client: Client | None = None, *, without: tuple[str, ...] = (), **changes: str) -> str:
    """Return the error that a changed request is answered with."""
    try:
        asked(client, without=without, **changes)
    except RedirectError as error:
        return error.error
    return ""


def signed(claims: dict[str, Any], *, key: Any = None, alg: str = "RS256", **header: Any) -> str:
    """Sign a JWT by one of our keys."""
    key = key or {"RS256": rsa_key, "ES256": ec_key}[alg]()
    return jwt.encode({"alg": alg, "kid": key.kid, **header}, claims, key, algorithms=[alg])
