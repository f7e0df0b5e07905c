"""Client metadata: strict in, exact out, each mistake by its member."""

from datetime import UTC, datetime
from typing import Any

import pytest

from idp.core.errors import ConfigError
from idp.records.clients import metadata

NOW = datetime(2026, 11, 24, tzinfo=UTC)
WHOLE: dict[str, Any] = {
    "client_name": "Shop",
    "redirect_uris": ["https://shop.example.com/cb"],
    "post_logout_redirect_uris": ["https://shop.example.com/bye"],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "client_secret_post",
    "scope": "openid email",
    "backchannel_logout_uri": "https://shop.example.com/signed-out?by=idp",
    "backchannel_logout_session_required": True,
    "application_type": "web",
    "id_token_signed_response_alg": "ES256",
    "default_acr_values": ["urn:idp:acr:mfa"],
    "default_max_age": 0,
    "require_auth_time": True,
    "require_pkce": False,
    "require_pushed_authorization_requests": True,
    "first_party": True,
    "tags": ["internal"],
    "logo_uri": "https://shop.example.com/logo.png",
    "policy_uri": "https://shop.example.com/policy",
    "tos_uri": "https://shop.example.com/tos",
    "client_uri": "https://shop.example.com",
    "access_token_format": "opaque",
    "audience": "https://api.shop.example.com",
    "access_token_signed_response_alg": "RS256",
}


def parse(document: Any) -> Any:
    return metadata.parse(document, client_id="shop", now=NOW)


def mistakes(document: Any) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        parse(document)
    return {problem.key: problem.text for problem in caught.value.problems}


def test_metadata_comes_back_as_it_was_given() -> None:
    """What was registered is what is shown, beside the id and when it was issued (RFC 7591 §3.2.1)."""
    shown = metadata.shown(parse(WHOLE))
    assert {name: list(value) if isinstance(value, tuple) else value for name, value in shown.items()} == {
        **WHOLE,
        "client_id": "shop",
        "client_id_issued_at": int(NOW.timestamp()),
    }


def test_metadata_defaults_are_the_registrys() -> None:
    """RFC 7591 §2: basic authentication, the code flow; RS256 (OIDC Registration §2); PKCE is required."""
    client = parse({"redirect_uris": ["https://shop.example.com/cb"]})
    assert client.token_endpoint_auth_method == "client_secret_basic"
    assert client.grant_types == ("authorization_code",)
    assert (client.id_token_signed_response_alg, client.require_pkce, client.first_party) == ("RS256", True, False)


def test_metadata_needs_a_redirect_uri() -> None:
    """Without one nobody could come back; a document must be an object."""
    assert set(mistakes({})) == {"redirect_uris"}
    assert set(mistakes([])) == {""}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("client_name", 5),
        ("client_name", "two\nlines"),
        ("client_name", "x" * 201),
        ("redirect_uris", "https://shop.example.com/cb"),
        ("redirect_uris", [5]),
        ("redirect_uris", ["https://a.example.com/", "https://a.example.com/"]),
        ("redirect_uris", ["http://shop.example.com/cb"]),
        ("post_logout_redirect_uris", ["javascript:alert(1)"]),
        ("backchannel_logout_uri", ["https://shop.example.com/told"]),
        ("backchannel_logout_uri", "http://shop.example.com/told"),
        ("backchannel_logout_uri", "https://shop.example.com/told#part"),
        ("backchannel_logout_session_required", "yes"),
        ("grant_types", ["implicit"]),
        ("grant_types", ["refresh_token"]),
        ("grant_types", ["client_credentials", "refresh_token"]),
        ("grant_types", []),
        ("access_token_signed_response_alg", "none"),
        ("access_token_signed_response_alg", "HS256"),
        ("response_types", []),
        ("access_token_format", "paper"),
        ("audience", "https://api.shop.example.com/#part"),
        ("audience", "two words"),
        ("audience", ["https://api.shop.example.com"]),
        ("response_types", ["code", "token"]),
        ("token_endpoint_auth_method", "private_key_jwt"),
        ("scope", "email"),
        ("scope", "openid  email"),
        ("scope", "openid everything"),
        ("scope", "openid openid"),
        ("scope", 'openid "quoted"'),
        ("scope", None),
        ("application_type", "desktop"),
        ("id_token_signed_response_alg", "none"),
        ("id_token_signed_response_alg", "HS256"),
        ("default_acr_values", ["two words"]),
        ("default_acr_values", [""]),
        ("default_max_age", -1),
        ("default_max_age", True),
        ("default_max_age", "60"),
        ("require_auth_time", "yes"),
        ("logo_uri", "data:image/png;base64,AA"),
        ("policy_uri", "javascript:alert(1)"),
        ("jwks_uri", "https://shop.example.com/jwks"),
        ("client_id", "mine"),
        ("client_secret", "mine"),
    ],
)
def test_metadata_names_the_wrong_member(name: str, value: Any) -> None:
    """Nothing is guessed, ignored or made to fit (OAU-06, JOS-11)."""
    assert set(mistakes({**WHOLE, name: value})) == {name}


def test_metadata_of_a_client_without_people() -> None:
    """RFC 6749 §4.4: it has scopes of its own, comes back nowhere, and what speaks of people is left out."""
    client = parse({"grant_types": ["client_credentials"]})
    assert (client.response_types, client.scope, client.redirect_uris) == ((), (), ())
    assert client.access_token_signed_response_alg == "ES256"
    robot = {"grant_types": ["client_credentials"], "scope": "read write", "audience": "https://api.example.com"}
    assert parse(robot).scope == ("read", "write")
    assert set(mistakes({**robot, "response_types": ["code"]})) == {"response_types"}
    assert set(mistakes({**robot, "token_endpoint_auth_method": "none"})) == {"grant_types"}


def test_metadata_of_a_client_with_people_and_tokens_of_its_own() -> None:
    """Both at once: `openid` for people, other scopes for itself; without the grant type there are none."""
    both = {**WHOLE, "grant_types": ["client_credentials", "authorization_code"], "scope": "read openid"}
    assert parse(both).scope == ("read", "openid")
    assert set(mistakes({**both, "scope": "read"})) == {"scope"}
    assert set(mistakes({**both, "grant_types": ["authorization_code"]})) == {"scope"}


def test_metadata_says_what_was_probably_meant() -> None:
    """A misspelt member is named with its neighbour."""
    assert "redirect_uris was probably meant" in mistakes({**WHOLE, "redirect_uri": ["https://a/"]})["redirect_uri"]


def test_metadata_keeps_pkce_for_public_clients() -> None:
    """RFC 9700 §2.1.1: without a secret, PKCE is all that binds a code to its client."""
    public = {**WHOLE, "token_endpoint_auth_method": "none", "require_pkce": False}
    assert set(mistakes(public)) == {"require_pkce"}
    assert parse({**public, "require_pkce": True}).token_endpoint_auth_method == "none"


def test_metadata_judges_uris_again_when_the_type_changes() -> None:
    """A web application cannot keep the private scheme that it had as a native one."""
    native = parse({"application_type": "native", "redirect_uris": ["com.example.app:/cb"]})
    with pytest.raises(ConfigError, match="redirect_uris"):
        metadata.amend(native, {"application_type": "web"})
