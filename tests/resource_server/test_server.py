"""The order of an API's questions, and the answer to each (RFC 6750 §3.1, RFC 9470 §3)."""

import logging
from datetime import timedelta
from typing import Any

import pytest

from idp.core.clock import SystemClock
from idp.resource_server import Challenge, Fetched, Requirement, ResourceServer, VerifiedToken
from tests.resource_server.kit import API, LADDER, MFA, NOW, ONE, Provider, a_token, an_api
from tests.support.clock import FixedClock

STAMP = int(NOW.timestamp())


def refusal(
    api: ResourceServer, requirement: Requirement, *authorization: str, query: str = "", form: str = ""
) -> Challenge:
    refused = api.admit(authorization, requirement, query=query, form=form)
    assert isinstance(refused, Challenge)
    return refused


ENOUGH: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing asked": ({}, {}),
    "nothing asked, nobody signed in": ({}, {"acr": None, "auth_time": None}),
    "the level itself": ({"acr_values": [MFA]}, {}),
    "a stronger level": ({"acr_values": [MFA]}, {"acr": "phrh"}),
    "an alias of it": ({"acr_values": [MFA]}, {"acr": "silver"}),
    "any one of two": ({"acr_values": ["phr", ONE]}, {}),
    "just young enough": ({"max_age": 60}, {"auth_time": STAMP - 60}),
    "all scopes": ({"scopes": ["transfer", "openid"]}, {}),
}


@pytest.mark.parametrize(("required", "changed"), ENOUGH.values(), ids=ENOUGH.keys())
def test_request_passes_when_its_token_is_enough(
    required: dict[str, Any], changed: dict[str, Any], api: ResourceServer, provider: Provider
) -> None:
    """A token that meets the requirement is handed to the application."""
    admitted = api.admit([f"Bearer {a_token(provider.issuer, **changed)}"], Requirement(**required))
    assert isinstance(admitted, VerifiedToken)


WEAK = {"acr_values": [MFA, "phr"]}
LACKING: dict[str, tuple[dict[str, Any], dict[str, Any], int, str]] = {
    "level too low": (
        WEAK,
        {"acr": ONE},
        401,
        'error="insufficient_user_authentication", error_description="A different authentication level is required", '
        f'acr_values="{MFA} phr"',
    ),
    "no level": (
        WEAK | {"max_age": 300},
        {"acr": None},
        401,
        'error="insufficient_user_authentication", error_description="A different authentication level is required", '
        f'acr_values="{MFA} phr", max_age="300"',
    ),
    "too old": (
        WEAK | {"max_age": 300},
        {"auth_time": STAMP - 301},
        401,
        'error="insufficient_user_authentication", error_description="A more recent authentication is required", '
        f'acr_values="{MFA} phr", max_age="300"',
    ),
    "never proved": (
        {"max_age": 60},
        {"auth_time": None},
        401,
        'error="insufficient_user_authentication", error_description="A more recent authentication is required", '
        'max_age="60"',
    ),
    "level and scope": (
        WEAK | {"scopes": ["admin", "openid"]},
        {"acr": ONE},
        401,
        'error="insufficient_user_authentication", error_description="A different authentication level is required", '
        f'acr_values="{MFA} phr", scope="admin openid"',
    ),
    "scope": (
        WEAK | {"scopes": ["admin", "openid"]},
        {},
        403,
        'error="insufficient_scope", error_description="The access token lacks a scope", scope="admin openid"',
    ),
    "bad token": (
        WEAK,
        {"aud": "https://other.example"},
        401,
        'error="invalid_token", error_description="The access token is expired, revoked or not for this API"',
    ),
}


@pytest.mark.parametrize(("required", "changed", "status", "header"), LACKING.values(), ids=LACKING.keys())
def test_refusal_says_what_would_do(
    required: dict[str, Any],
    changed: dict[str, Any],
    status: int,
    header: str,
    api: ResourceServer,
    provider: Provider,
) -> None:
    """RFC 9470 §3, RFC 6750 §3.1: what is lacking is named, and that alone."""
    refused = refusal(api, Requirement(**required), f"Bearer {a_token(provider.issuer, **changed)}")
    assert (refused.status, refused.www_authenticate) == (status, "Bearer " + header)


@pytest.mark.parametrize("authorization", [(), ("Basic YTpi",), ("DPoP abc",), ("Bearera b",), ("",)])
def test_refusal_names_no_error_when_no_token_was_shown(authorization: tuple[str, ...], api: ResourceServer) -> None:
    """RFC 6750 §3.1: who did not try is told only how to."""
    refused = refusal(api, Requirement(), *authorization)
    assert (refused.status, refused.www_authenticate) == (401, "Bearer")


@pytest.mark.parametrize(
    "authorization", ["Bearer", "Bearer ", "Bearer a b", "Bearer a,b", "Bearer a, Bearer b", "Bearer ü"]
)
def test_header_is_refused_when_it_is_malformed(authorization: str, api: ResourceServer) -> None:
    """RFC 6750 §2.1: one scheme, one token."""
    refused = refusal(api, Requirement(), authorization)
    assert (refused.status, refused.error) == (400, "invalid_request")


def test_scheme_is_read_in_any_case(api: ResourceServer, provider: Provider) -> None:
    """RFC 9110 §11.1: scheme names ignore case."""
    assert isinstance(api.admit([f" bEARER   {a_token(provider.issuer)} "], Requirement()), VerifiedToken)


@pytest.mark.parametrize(
    ("count", "query", "form"),
    [
        (2, "", ""),
        (1, "access_token=x", ""),
        (1, "", "a=b&access_token=x"),
        (1, "access%5Ftoken=", ""),
        (0, "access_token=x&access_token=y", ""),
        (0, "access_token=x", "access_token=x"),
        (1, "a&" * 1001, ""),
    ],
)
def test_request_is_refused_when_it_shows_a_token_twice(
    count: int, query: str, form: str, api: ResourceServer, provider: Provider
) -> None:
    """RFC 6750 §2: no more than one method, even if one of them would not be read."""
    shown = [f"Bearer {a_token(provider.issuer)}"] * count
    refused = refusal(api, Requirement(), *shown, query=query, form=form)
    assert (refused.status, refused.error) == (400, "invalid_request")


@pytest.mark.parametrize("place", ["query", "form"])
def test_token_elsewhere_than_in_the_header_is_none(place: str, api: ResourceServer, provider: Provider) -> None:
    """RFC 9700 §4.3.2: tokens do not travel in addresses; a good one there opens nothing."""
    refused = refusal(api, Requirement(), **{place: f"access_token={a_token(provider.issuer)}"})
    assert (refused.status, refused.error) == (401, "")


def test_request_is_put_off_when_the_provider_is_down(
    api: ResourceServer, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """A token that cannot be verified is not called bad."""
    provider.is_down = True
    assert refusal(api, Requirement(), f"Bearer {a_token(provider.issuer)}").status == 503
    assert "not verified" in caplog.text


def test_reason_is_in_the_log_and_the_token_is_not(
    api: ResourceServer, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    """Operators see why, callers do not, and nobody sees the token."""
    token = a_token(provider.issuer, exp=STAMP - 60)
    with caplog.at_level(logging.INFO):
        refused = refusal(api, Requirement(), f"Bearer {token}")
    assert "the token has expired" in caplog.text
    assert token not in caplog.text
    assert token.encode() not in refused.body


@pytest.mark.parametrize(
    ("issuer", "audience", "options"),
    [
        ("http://idp.example", API, {}),
        ("https://idp.example/?x", API, {}),
        ("idp.example", API, {}),
        ("https://idp.example", "", {}),
        ("https://idp.example", API, {"leeway": timedelta(seconds=61)}),
        ("https://idp.example", API, {"leeway": timedelta(seconds=-1)}),
        ("https://idp.example", API, {"client_id": "api"}),
        ("https://idp.example", API, {"client_secret": "x"}),
    ],
)
def test_server_is_not_made_when_it_is_set_up_wrongly(issuer: str, audience: str, options: dict[str, Any]) -> None:
    """A mistake of the operator's is told at start."""
    with pytest.raises(ValueError, match=r"must|belong"):
        ResourceServer(issuer, audience, **options)


def test_application_brings_its_own_client(clock: FixedClock, provider: Provider) -> None:
    """Any object with `fetch` serves; one that the machine's own clock goes with is the default."""
    import json

    class Own:
        def fetch(self, url: str, *, body: bytes | None = None, headers: Any = None) -> Fetched:
            known = {"jwks": {"keys": provider.keys}, "openid-configuration": provider.discovery}
            return Fetched(200, {}, json.dumps(known[url.rsplit("/", 1)[1]]).encode())

    token = a_token(provider.issuer)
    assert an_api(provider, clock, fetcher=Own()).verify(token).sub == "person"
    assert not provider.seen
    assert isinstance(ResourceServer(provider.issuer, API)._clock, SystemClock)


def test_ladder_of_the_tests_is_nested() -> None:
    """Each level is met by itself and all that is stronger."""
    assert all(level in met for level, met in LADDER.items())
