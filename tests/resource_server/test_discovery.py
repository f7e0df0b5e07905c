"""What the provider says of itself is believed only if it is the provider that was meant (OIDC Discovery 1.0 §4.3)."""

import json
from typing import Any

import pytest

from idp.resource_server import ProviderUnavailableError
from tests.resource_server.kit import Answer, Provider, a_token, an_api
from tests.support.clock import FixedClock


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://other.example"},
        {"issuer": None},
        {"jwks_uri": None},
        {"jwks_uri": ""},
        {"jwks_uri": 7},
        {"jwks_uri": "http://other.example/jwks"},
        {"jwks_uri": "file:///etc/passwd"},
        {"introspection_endpoint": "http://other.example/"},
        {"introspection_endpoint": ["https://other.example/"]},
    ],
    ids=repr,
)
def test_discovery_is_refused_when_it_names_what_it_must_not(
    changed: dict[str, Any], provider: Provider, clock: FixedClock
) -> None:
    """Another issuer, or an address without https, makes the whole document unusable."""
    provider.discovery |= changed
    with pytest.raises(ProviderUnavailableError):
        an_api(provider, clock).verify(a_token(provider.issuer))


@pytest.mark.parametrize("answer", [Answer(404), Answer(200, b"[]"), Answer(200, b"<html>"), Answer(302)])
def test_discovery_is_refused_when_it_is_no_document(answer: Answer, provider: Provider, clock: FixedClock) -> None:
    """Only a JSON object with 200 is discovery."""
    provider.answers["/.well-known/openid-configuration"] = answer
    with pytest.raises(ProviderUnavailableError):
        an_api(provider, clock).verify(a_token(provider.issuer))


def test_redirect_is_not_followed(provider: Provider, clock: FixedClock) -> None:
    """A redirect from the provider's address leads nowhere, even to a good document."""
    provider.answers["/.well-known/openid-configuration"] = Answer(
        302, headers={"Location": provider.issuer + "/there"}
    )
    provider.answers["/there"] = Answer(200, json.dumps(provider.discovery).encode())
    with pytest.raises(ProviderUnavailableError):
        an_api(provider, clock).verify(a_token(provider.issuer))
    assert provider.seen["/there"] == 0


def test_issuer_with_a_path_has_its_discovery_below_it(provider: Provider, clock: FixedClock) -> None:
    """OIDC Discovery 1.0 §4.1: the well-known path is put behind the issuer, with one slash."""
    address = "/tenant/.well-known/openid-configuration"
    provider.issuer += "/tenant/"
    provider.answers[address] = Answer(200, json.dumps(provider.discovery | {"issuer": provider.issuer}).encode())
    assert an_api(provider, clock).verify(a_token(provider.issuer)).sub == "person"
