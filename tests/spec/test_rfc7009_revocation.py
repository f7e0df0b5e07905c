"""RFC 7009, OAuth 2.0 Token Revocation."""

import pytest

from tests.support.afterwards import offline, refresh, revoke
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, Tokens, basic


@pytest.fixture
def tokens(provider: Provider, browser: Browser, bank: RelyingParty, alice: Person) -> Tokens:
    return offline(provider, browser, bank, alice)


def test_2_endpoint_is_announced(bank: RelyingParty) -> None:
    """§2, RFC 8414 §2: the address and how clients authenticate there."""
    metadata = bank.get("/.well-known/oauth-authorization-server").json()
    assert metadata["revocation_endpoint"] == bank.issuer + "/revoke"
    assert "client_secret_basic" in metadata["revocation_endpoint_auth_methods_supported"]


def test_2_1_access_token_is_invalidated(bank: RelyingParty, tokens: Tokens) -> None:
    """§2.1: it takes place immediately."""
    assert revoke(bank, tokens.access_token).status == 200
    assert bank.userinfo(tokens.access_token).status == 401


def test_2_1_refresh_token_takes_its_access_tokens_along(bank: RelyingParty, tokens: Tokens) -> None:
    """§2.1: the server SHOULD also invalidate all access tokens of the same grant."""
    revoke(bank, tokens.reply["refresh_token"])
    assert refresh(bank, tokens.reply["refresh_token"]).json()["error"] == "invalid_grant"
    assert bank.userinfo(tokens.access_token).status == 401


@pytest.mark.parametrize("hint", ["refresh_token", "access_token", "unheard_of"])
def test_2_1_hint_is_a_hint(bank: RelyingParty, tokens: Tokens, hint: str) -> None:
    """§2.1: MUST extend the search across all types; §2.2.1: an unknown hint is ignored."""
    assert revoke(bank, tokens.access_token, token_type_hint=hint).status == 200
    assert bank.userinfo(tokens.access_token).status == 401


def test_2_1_clients_authenticate(bank: RelyingParty, third_party: RelyingParty, tokens: Tokens) -> None:
    """§2.1: credentials are validated first; a token of another client stays."""
    wrong = bank.post("/revoke", {"token": tokens.access_token}, headers={"Authorization": basic("bank", "wrong")})
    assert (wrong.status, wrong.json()["error"]) == (401, "invalid_client")
    revoke(third_party, tokens.access_token)
    assert bank.userinfo(tokens.access_token).status == 200


def test_2_2_unknown_token_is_a_success(bank: RelyingParty) -> None:
    """§2.2: 200 for a token that is invalid."""
    assert revoke(bank, "unknown").status == 200


def test_2_1_token_is_required(bank: RelyingParty) -> None:
    """§2.1, RFC 6749 §5.2."""
    answer = revoke(bank, "")
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


def test_2_post_is_the_method(bank: RelyingParty) -> None:
    """§2: HTTP POST; a token in a URL would be in every log."""
    answer = bank.get("/revoke?token=x")
    assert (answer.status, answer.header("allow")) == (405, "POST")
