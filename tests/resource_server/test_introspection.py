"""Opaque tokens are asked about, each time (RFC 7662)."""

import base64
from typing import Any
from urllib.parse import parse_qs, unquote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.resource_server import InvalidTokenError, ProviderUnavailableError, ResourceServer, ResourceServerError
from tests.resource_server.kit import API, MFA, NOW, Answer, Provider, an_api, claims_of
from tests.support.clock import FixedClock

STAMP = int(NOW.timestamp())


def said(provider: Provider, **changed: Any) -> dict[str, Any]:
    """Return an answer about a good token; a change to None leaves the member out."""
    answer = claims_of(provider.issuer) | {"active": True, "token_type": "Bearer"} | changed
    return {name: value for name, value in answer.items() if value is not None}


def test_opaque_token_is_good_when_the_provider_says_so(api: ResourceServer, provider: Provider) -> None:
    """RFC 7662 §2.2: the answer tells as much as a signed token would."""
    provider.introspected["opaque"] = said(provider)
    token = api.verify("opaque")
    assert (token.sub, token.acr, token.auth_time) == ("person", MFA, NOW)


def test_api_authenticates_by_basic_with_encoded_halves(api: ResourceServer, provider: Provider) -> None:
    """RFC 6749 §2.3.1: client id and secret are form-encoded, so that a colon in one does not cut it."""
    provider.introspected["opaque"] = said(provider)
    api.verify("opaque")
    [(authorization, body)] = provider.forms
    user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
    assert (unquote_plus(user), unquote_plus(password)) == ("api", "s3cret: ü")
    assert parse_qs(body) == {"token": ["opaque"], "token_type_hint": ["access_token"]}


def test_answer_is_never_kept(api: ResourceServer, provider: Provider) -> None:
    """A token that was revoked a moment ago is refused now."""
    provider.introspected["opaque"] = said(provider)
    api.verify("opaque")
    provider.introspected["opaque"] = {"active": False}
    with pytest.raises(InvalidTokenError, match="not active"):
        api.verify("opaque")


REFUSED: dict[str, dict[str, Any]] = {
    "not active": {"active": False},
    "active is a text": {"active": "true"},
    "active is one": {"active": 1},
    "nothing of active": {"active": None},
    "other issuer": {"iss": "https://other.example"},
    "OAU-36 other audience": {"aud": "https://other.example"},
    "OAU-36 no audience": {"aud": None},
    "OAU-36 refresh token": {"token_type": "refresh_token"},
    "OAU-36 no type": {"token_type": None},
    "bound to a key": {"token_type": "DPoP"},
    "bound to a key, by its claim": {"cnf": {"x5t#S256": "x"}},
    "expired": {"exp": STAMP - 60},
    "no end": {"exp": None},
    "no subject": {"sub": None},
    "acr no text": {"acr": 5},
}


@pytest.mark.parametrize("changed", REFUSED.values(), ids=REFUSED.keys())
def test_opaque_token_is_refused(changed: dict[str, Any], api: ResourceServer, provider: Provider) -> None:
    """RFC 7662 §4: the API itself checks what the answer says."""
    provider.introspected["opaque"] = said(provider, **changed)
    with pytest.raises(InvalidTokenError):
        api.verify("opaque")


def test_what_only_signed_tokens_must_say_may_be_missing(api: ResourceServer, provider: Provider) -> None:
    """RFC 7662 §2.2: jti, iat, client_id and iss are optional in an answer."""
    provider.introspected["opaque"] = said(provider, jti=None, iat=None, client_id=None, iss=None, aud=API)
    assert api.verify("opaque").client_id == ""


@pytest.mark.parametrize("answer", [Answer(401), Answer(500), Answer(302), Answer(200, b"[]"), Answer(200, b"yes")])
def test_odd_answer_is_the_providers_trouble(answer: Answer, api: ResourceServer, provider: Provider) -> None:
    """An error says nothing about the token: it is neither good nor bad."""
    provider.answers["/introspect"] = answer
    with pytest.raises(ProviderUnavailableError):
        api.verify("opaque")


def test_nothing_is_asked_when_the_provider_offers_no_introspection(api: ResourceServer, provider: Provider) -> None:
    """Discovery without an endpoint leaves opaque tokens undecided."""
    del provider.discovery["introspection_endpoint"]
    with pytest.raises(ProviderUnavailableError, match="no introspection"):
        api.verify("opaque")


def test_secret_is_not_printed(provider: Provider, clock: FixedClock) -> None:
    """The API's own secret stays out of representations."""
    api = an_api(provider, clock, client_id="api", client_secret="visible?")
    assert "visible?" not in repr(vars(api))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=st.binary(max_size=60) | st.sampled_from([b'{"active":true}', b'{"active":true,"exp":1e400}']))
def test_garbage_raises_our_errors_alone(answer: bytes, api: ResourceServer, provider: Provider) -> None:
    """Whatever the provider says, verification ends in one of our errors."""
    provider.answers["/introspect"] = Answer(200, answer)
    with pytest.raises(ResourceServerError):
        api.verify("opaque")
