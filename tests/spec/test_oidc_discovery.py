"""OpenID Connect Discovery 1.0 and RFC 8414."""

from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

WELL_KNOWN = "/.well-known/openid-configuration"


def test_3_metadata_has_what_is_required(provider: Provider, bank: RelyingParty) -> None:
    """§3: required members, and RS256 among the algorithms of ID tokens."""
    metadata = bank.get(WELL_KNOWN).json()
    assert metadata["issuer"] == provider.issuer
    for name in ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"):
        assert metadata[name].startswith(provider.issuer + "/")
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["subject_types_supported"] == ["public"]
    assert set(metadata["id_token_signing_alg_values_supported"]) == {"RS256", "ES256"}
    assert "openid" in metadata["scopes_supported"]


def test_3_metadata_promises_nothing_that_is_not_there(bank: RelyingParty) -> None:
    """§3: what is off by default elsewhere is said to be off."""
    metadata = bank.get(WELL_KNOWN).json()
    assert metadata["request_parameter_supported"] is False
    assert metadata["request_uri_parameter_supported"] is False
    assert metadata["claims_parameter_supported"] is True
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["grant_types_supported"] == ["authorization_code", "refresh_token", "client_credentials"]
    assert not {"registration_endpoint", "device_authorization_endpoint", "check_session_iframe"} & set(metadata)


def test_3_levels_are_listed_weakest_first(bank: RelyingParty) -> None:
    """conformance.md §3: weakest first, and every level with all that are as strong."""
    metadata = bank.get(WELL_KNOWN).json()
    levels = metadata["acr_values_supported"]
    assert levels[0] == "urn:idp:acr:1fa"
    assert levels.index("urn:idp:acr:1fa") < levels.index("urn:idp:acr:2sv") < levels.index("urn:idp:acr:mfa")
    assert "urn:idp:acr:mfa" in metadata["acr_satisfied_by"]["urn:idp:acr:1fa"]
    assert "urn:idp:acr:1fa" not in metadata["acr_satisfied_by"]["urn:idp:acr:mfa"]


def test_4_1_both_documents_are_the_same(bank: RelyingParty) -> None:
    """RFC 8414 §3: the OAuth document is the OpenID one."""
    openid, oauth = bank.get(WELL_KNOWN), bank.get("/.well-known/oauth-authorization-server")
    assert openid.header("content-type") == "application/json"
    assert openid.json() == oauth.json()


def test_issuer_is_never_taken_from_the_request(bank: RelyingParty) -> None:
    """SES-18: odd hosts and forwarded headers change nothing."""
    expected = bank.get(WELL_KNOWN).json()
    for headers in ({"Host": "evil.test"}, {"X-Forwarded-Host": "evil.test"}, {"Forwarded": "host=evil.test"}):
        answer = bank.get(WELL_KNOWN, headers=headers)
        assert answer.status == 400 or answer.json() == expected


def test_10_keys_are_public_and_named(bank: RelyingParty) -> None:
    """Core §10.1.1: public halves only, each with a kid of its own."""
    keys = bank.get("/jwks").json()["keys"]
    assert {key["alg"] for key in keys} == {"RS256", "ES256"}
    assert len({key["kid"] for key in keys}) == len(keys)
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
        assert key["use"] == "sig"


def test_public_documents_may_be_read_by_any_script(bank: RelyingParty) -> None:
    """SES-17: any origin, never with credentials."""
    for path in (WELL_KNOWN, "/jwks"):
        answer = bank.get(path, headers={"Origin": "https://evil.test"})
        assert answer.header("access-control-allow-origin") == "*"
        assert not answer.header("access-control-allow-credentials")
