"""RFC 9068, JSON Web Token Profile for OAuth 2.0 Access Tokens."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.resource_server.model import VerifiedToken
from idp.resource_server.verify import Expected, read_claims
from tests.support.afterwards import amend
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, Tokens

MFA = "urn:idp:acr:mfa"
API = "https://api.test"


@pytest.fixture
def tokens(provider: Provider, browser: Browser, bank: RelyingParty, bob: Person) -> Tokens:
    amend(provider, "bank", audience=API)
    return provider.sign_in(browser, bank, bob, acr_values=MFA, scope="openid email")


def opened(bank: RelyingParty, token: str) -> jwt.Token:
    return jwt.decode(token, KeySet.import_key_set(bank.get("/jwks").json()), algorithms=["ES256"])


def header_of(token: str) -> dict[str, Any]:
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    return decoded


def test_2_1_header(bank: RelyingParty, tokens: Tokens) -> None:
    """§2.1: signed, asymmetric, `at+jwt`; the key is named."""
    header = header_of(tokens.access_token)
    assert (header["typ"], header["alg"]) == ("at+jwt", "ES256")
    assert header["kid"] in {key["kid"] for key in bank.get("/jwks").json()["keys"]}


def test_2_2_required_claims(provider: Provider, bank: RelyingParty, tokens: Tokens) -> None:
    """§2.2: iss, exp, aud, sub, client_id, iat, jti."""
    claims = opened(bank, tokens.access_token).claims
    now = int(provider.clock.now().timestamp())
    assert (claims["iss"], claims["client_id"], claims["sub"]) == (bank.issuer, "bank", tokens.claims["sub"])
    assert (claims["iat"], claims["exp"]) == (now, now + 600)
    assert claims["jti"]


def test_2_2_1_authentication_claims(bank: RelyingParty, tokens: Tokens) -> None:
    """§2.2.1: acr, amr and auth_time are those of the authentication, the same as in the ID token."""
    claims = opened(bank, tokens.access_token).claims
    assert [claims[name] for name in ("acr", "amr", "auth_time")] == [
        tokens.claims[name] for name in ("acr", "amr", "auth_time")
    ]


def test_2_2_3_scope(bank: RelyingParty, tokens: Tokens) -> None:
    """§2.2.3: what was granted."""
    assert opened(bank, tokens.access_token).claims["scope"] == "openid email"


def test_3_audience(bank: RelyingParty, tokens: Tokens) -> None:
    """§3: the API it was registered for, and UserInfo where `openid` was granted."""
    assert opened(bank, tokens.access_token).claims["aud"] == [API, bank.issuer + "/userinfo"]


def test_4_no_two_are_the_same(provider: Provider, browser: Browser, bank: RelyingParty, bob: Person) -> None:
    """§2.2: jti is unique."""
    found = {opened(bank, provider.sign_in(browser, bank, bob).access_token).claims["jti"] for _ in range(3)}
    assert len(found) == 3


def test_4_our_own_resource_server_takes_it(provider: Provider, bank: RelyingParty, tokens: Tokens) -> None:
    """§4: everything a resource server must check is there."""
    claims = dict(opened(bank, tokens.access_token).claims)
    now = provider.clock.now()
    expected = Expected(bank.issuer, API, leeway=now - now)
    token = read_claims(claims, expected, now=now)
    assert isinstance(token, VerifiedToken)
    assert (token.acr, token.auth_time) == (MFA, datetime.fromtimestamp(tokens.auth_time, UTC))


def test_6_opaque_tokens_say_nothing(provider: Provider, browser: Browser, bank: RelyingParty, bob: Person) -> None:
    """§6: where clients should not read tokens, an administrator chooses opaque ones."""
    amend(provider, "bank", access_token_format="opaque")
    tokens = provider.sign_in(browser, bank, bob)
    assert "." not in tokens.access_token
    assert bank.userinfo(tokens.access_token).status == 200
