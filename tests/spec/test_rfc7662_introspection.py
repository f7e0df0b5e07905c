"""RFC 7662, OAuth 2.0 Token Introspection."""

import pytest

from tests.support.afterwards import amend, introspect, logout_url, offline, revoke
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, Tokens

INACTIVE = {"active": False}


@pytest.fixture(params=["jwt", "opaque"])
def tokens(
    request: pytest.FixtureRequest, provider: Provider, browser: Browser, bank: RelyingParty, alice: Person
) -> Tokens:
    amend(provider, "bank", access_token_format=request.param)
    return offline(provider, browser, bank, alice)


def test_2_endpoint_is_announced(bank: RelyingParty) -> None:
    """§2, RFC 8414 §2."""
    metadata = bank.get("/.well-known/oauth-authorization-server").json()
    assert metadata["introspection_endpoint"] == bank.issuer + "/introspect"
    assert metadata["introspection_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]


def test_2_2_active_token(bank: RelyingParty, tokens: Tokens) -> None:
    """§2.2: active, and what there is to say; times are integers (RFC 7519 §2)."""
    answer = introspect(bank, tokens.access_token)
    assert "no-store" in answer.header("cache-control")
    body = answer.json()
    assert body["active"] is True
    assert (body["token_type"], body["client_id"], body["iss"]) == ("Bearer", "bank", bank.issuer)
    assert (body["sub"], body["aud"]) == (tokens.claims["sub"], bank.issuer + "/userinfo")
    assert body["scope"] == tokens.reply["scope"]
    assert body["exp"] - body["iat"] == 600
    assert isinstance(body["exp"], int)


def test_2_1_callers_are_authorized(bank: RelyingParty, third_party: RelyingParty, tokens: Tokens) -> None:
    """§2.1: the endpoint MUST require some form of authorization; §2.2: who may not know is told `inactive`."""
    assert bank.post("/introspect", {"token": tokens.access_token}).status == 401
    assert introspect(third_party, tokens.access_token).json() == INACTIVE


def test_2_2_expired(provider: Provider, bank: RelyingParty, tokens: Tokens) -> None:
    """§2.2: a token that has expired is not active, and nothing more is said."""
    provider.advance(600)
    assert introspect(bank, tokens.access_token).json() == INACTIVE


def test_2_2_revoked(bank: RelyingParty, tokens: Tokens) -> None:
    """§2.2, §4: nor is one that was revoked."""
    revoke(bank, tokens.access_token)
    assert introspect(bank, tokens.access_token).json() == INACTIVE


def test_2_2_signed_out(provider: Provider, browser: Browser, bank: RelyingParty, alice: Person) -> None:
    """§4: nor one of a session that has ended."""
    tokens = provider.sign_in(browser, bank, alice)
    browser.get(logout_url(provider, id_token_hint=tokens.id_token))
    assert introspect(bank, tokens.access_token).json() == INACTIVE


@pytest.mark.parametrize("token", ["unknown", "a.b.c", "\u00e9", "x" * 9000])
def test_2_2_unknown_is_no_error(bank: RelyingParty, token: str) -> None:
    """§2.2: a properly formed query for an inactive token is not an error."""
    answer = introspect(bank, token)
    assert (answer.status, answer.json()) == (200, INACTIVE)


def test_2_1_post_is_the_method(bank: RelyingParty) -> None:
    """§2.1, §4: POST, to keep tokens out of logs."""
    assert bank.get("/introspect?token=x").status == 405
