"""oidcc-config-certification-test-plan: one module (conformance.md §2, Config)."""

import pytest
from joserfc.jwk import KeySet

from tests.conformance.kit import Check, Suite

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "k"}
LISTS = (
    *("scopes_supported", "response_types_supported", "response_modes_supported", "grant_types_supported"),
    *("acr_values_supported", "subject_types_supported", "id_token_signing_alg_values_supported", "claims_supported"),
    *("token_endpoint_auth_methods_supported", "code_challenge_methods_supported"),
)


def discovery_endpoint_verification(suite: Suite) -> None:
    """The document is JSON, complete and true; its keys are public, distinct and usable."""
    answer = suite.basic.get("/.well-known/openid-configuration")
    assert (answer.status, answer.header("content-type")) == (200, "application/json")
    metadata = answer.json()
    assert metadata["issuer"] == suite.provider.issuer
    for name in LISTS:
        assert metadata[name], name
        assert all(isinstance(value, str) for value in metadata[name]), name
    addresses = {name: value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri"))}
    assert {"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"} <= set(addresses)
    assert all(value.startswith("https://op.test/") for value in addresses.values())
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert {"public", "pairwise"} >= set(metadata["subject_types_supported"])
    assert "openid" in metadata["scopes_supported"]
    assert "S256" in metadata["code_challenge_methods_supported"]
    assert {"authorization_code"} <= set(metadata["grant_types_supported"])
    assert "code" in metadata["response_types_supported"]
    _check_keys(suite)


def _check_keys(suite: Suite) -> None:
    keys = suite.basic.get("/jwks").json()["keys"]
    assert keys
    assert len({key["kid"] for key in keys}) == len(keys)
    assert not any(PRIVATE & set(key) for key in keys)
    assert len(KeySet.import_key_set({"keys": keys}).keys) == len(keys)


MODULES: dict[str, Check] = {"oidcc-discovery-endpoint-verification": discovery_endpoint_verification}


@pytest.mark.parametrize("module", MODULES)
def test_config(suite: Suite, module: str) -> None:
    """Each module of the plan passes."""
    MODULES[module](suite)
