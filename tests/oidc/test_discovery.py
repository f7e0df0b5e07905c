"""Metadata and keys."""

import hashlib

import pytest

from idp.oidc.discovery import metadata
from idp.records.bundles import store as bundles
from idp.records.bundles.model import BundleVersion
from idp.storage import versions
from tests.oidc.endpoints import Endpoints
from tests.oidc.kit import ISSUER, NOW, a_bundle

PATHS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]


def test_metadata_lists_levels_weakest_first():
    """conformance.md §3: a client that asks for all of them is asked for the least."""
    values = metadata(ISSUER, a_bundle())
    assert values["acr_values_supported"][0] == "urn:idp:acr:1fa"
    assert set(values["acr_satisfied_by"]) <= set(values["acr_values_supported"])


def test_metadata_lists_actions_that_applications_name():
    """RFC 9396 §10: not those of our own pages."""
    assert metadata(ISSUER, a_bundle())["authorization_details_types_supported"] == ["payment.approve"]


@pytest.mark.parametrize("path", PATHS)
def test_discovery_is_cached_and_public(endpoints: Endpoints, path):
    """Discovery §4.2: JSON, readable by any script, never with credentials; HEAD too."""
    reply = endpoints.call("GET", path, {"Origin": "https://evil.test", "Host": "evil.test"})
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    assert reply.headers["Cache-Control"].startswith("public, max-age=")
    assert reply.json()["issuer"] == ISSUER
    assert endpoints.call("GET", path).body == reply.body
    assert endpoints.call("HEAD", path).body == b""
    assert endpoints.call("POST", path).status == 405


def test_discovery_follows_the_live_bundle(endpoints: Endpoints):
    """What is published is what is said."""
    before = endpoints.call("GET", PATHS[0]).json()
    levels = "acr:\n  urn:idp:acr:1fa: {title: In, needs: [any]}\n"
    text = f"bundle: other\n{levels}factors: {{first: [password], order: [password]}}\n"
    version = hashlib.sha256(text.encode()).hexdigest()
    with endpoints.database.transaction() as tx:
        bundles.add(tx, BundleVersion(version=version, name="other", text=text, parent="", created_at=NOW))
        bundles.publish(tx, version, NOW)
        versions.bump(tx, "bundle")
    after = endpoints.call("GET", PATHS[0]).json()
    assert before["acr_values_supported"] != after["acr_values_supported"] == ["urn:idp:acr:1fa"]
    assert after["authorization_details_types_supported"] == []


def test_jwks_has_public_halves_alone(endpoints: Endpoints):
    """RFC 7517 §9.2: nothing private is published."""
    reply = endpoints.call("GET", "/jwks")
    assert reply.headers["Access-Control-Allow-Origin"] == "*"
    keys = reply.json()["keys"]
    assert {key["alg"] for key in keys} == {"RS256", "ES256"}
    for key in keys:
        assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & set(key)
