"""RFC 6749, OAuth 2.0: refreshing an access token (§6), and OpenID Connect Core 1.0 on refresh and offline access."""

import pytest

from tests.support.afterwards import OFFLINE, may_refresh, offline, refresh
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, Tokens


@pytest.fixture
def tokens(provider: Provider, browser: Browser, bank: RelyingParty, alice: Person) -> Tokens:
    return offline(provider, browser, bank, alice)


def test_6_confidential_clients_authenticate(bank: RelyingParty, tokens: Tokens) -> None:
    """§6: a client that was issued credentials MUST authenticate."""
    fields = {"grant_type": "refresh_token", "refresh_token": tokens.reply["refresh_token"], "client_id": "bank"}
    answer = bank.post("/token", fields)
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


def test_6_token_is_bound_to_its_client(
    bank: RelyingParty, third_party: RelyingParty, provider: Provider, tokens: Tokens
) -> None:
    """§6, §10.4: the server MUST see that the token was issued to this client."""
    may_refresh(provider, "third")
    assert refresh(third_party, tokens.reply["refresh_token"]).json()["error"] == "invalid_grant"
    assert refresh(bank, tokens.reply["refresh_token"]).status == 200


@pytest.mark.parametrize("scope", ["openid phone", "openid unknown"])
def test_6_scope_is_never_wider(bank: RelyingParty, tokens: Tokens, scope: str) -> None:
    """§6: MUST NOT include any scope not originally granted."""
    answer = refresh(bank, tokens.reply["refresh_token"], scope=scope)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_scope")


def test_6_scope_left_out_is_the_granted_one(bank: RelyingParty, tokens: Tokens) -> None:
    """§6: if omitted it is treated as equal to the scope originally granted; also after a narrower request."""
    narrow = refresh(bank, tokens.reply["refresh_token"], scope="openid email").json()
    assert narrow["scope"] == "openid email"
    assert refresh(bank, narrow["refresh_token"]).json()["scope"] == OFFLINE


@pytest.mark.parametrize("token", ["", "unknown", "a.b.c"])
def test_5_2_bad_tokens_are_errors(bank: RelyingParty, tokens: Tokens, token: str) -> None:
    """§5.2: missing is invalid_request, invalid is invalid_grant."""
    answer = refresh(bank, token)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_grant" if token else "invalid_request")
    assert "no-store" in answer.header("cache-control")


def test_10_4_public_clients_get_a_new_one_each_time(provider: Provider, browser: Browser, alice: Person) -> None:
    """§10.4, RFC 9700 §4.14.2: a public client's tokens MUST be rotated or bound; ours are rotated."""
    public = provider.add_client("public", token_endpoint_auth_method="none")
    first = offline(provider, browser, public, alice).reply["refresh_token"]
    second = refresh(public, first).json()["refresh_token"]
    provider.advance(11)
    assert second != first
    assert refresh(public, first).json()["error"] == "invalid_grant"
    assert refresh(public, second).json()["error"] == "invalid_grant"


def test_oidc_core_11_offline_access_is_asked_for(
    provider: Provider, browser: Browser, bank: RelyingParty, alice: Person
) -> None:
    """OIDC Core 1.0 §11: a refresh token for use when the person is not there needs the scope."""
    may_refresh(provider, "bank")
    assert "refresh_token" not in provider.sign_in(browser, bank, alice).reply
    assert "refresh_token" in provider.sign_in(browser, bank, alice, scope="openid offline_access").reply


def test_oidc_core_11_offline_access_is_ignored_without_the_grant_type(
    provider: Provider, browser: Browser, bank: RelyingParty, alice: Person
) -> None:
    """OIDC Core 1.0 §11: where it cannot be granted, it is ignored."""
    reply = provider.sign_in(browser, bank, alice, scope="openid offline_access").reply
    assert (reply["scope"], "refresh_token" in reply) == ("openid", False)


def test_oidc_core_12_2_refreshed_id_token(provider: Provider, bank: RelyingParty, tokens: Tokens) -> None:
    """OIDC Core 1.0 §12.2: same iss, sub, aud and auth_time; iat is the time of issue; no nonce."""
    provider.advance(60)
    reply = refresh(bank, tokens.reply["refresh_token"]).json()
    claims, _ = bank.checked(reply["id_token"], nonce="", access_token=reply["access_token"])
    for name in ("iss", "sub", "aud", "auth_time"):
        assert claims[name] == tokens.claims[name], name
    assert claims["iat"] == tokens.claims["iat"] + 60
    assert "nonce" not in claims
