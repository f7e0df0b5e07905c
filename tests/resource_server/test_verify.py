"""The claims of access tokens: what passes, and every way in which one does not (RFC 9068 §4; JOS-09, OAU-36)."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.resource_server import InvalidTokenError, ResourceServer, ResourceServerError, VerifiedToken
from tests.resource_server.kit import (
    API,
    MFA,
    NOW,
    Provider,
    a_key,
    a_token,
    claims_of,
    sign,
)

STAMP = int(NOW.timestamp())


def test_token_says_who_what_and_how_strong_when_it_is_good(api: ResourceServer, provider: Provider) -> None:
    """RFC 9068 §2.2: a good token's claims reach the application in their own types."""
    token = api.verify(a_token(provider.issuer))
    assert token == VerifiedToken(
        sub="person",
        client_id="bank",
        scopes=frozenset({"openid", "transfer"}),
        exp=NOW + timedelta(minutes=10),
        acr=MFA,
        amr=("pwd", "otp", "mfa"),
        auth_time=NOW,
        jti="one",
        claims=claims_of(provider.issuer),
    )


def test_claims_stay_out_of_logs(api: ResourceServer, provider: Provider) -> None:
    """What else a token says is not printed, and cannot be changed."""
    token = api.verify(a_token(provider.issuer, email="person@example.com"))
    assert "person@example.com" not in repr(token)
    with pytest.raises(TypeError):
        token.claims["sub"] = "another"  # type: ignore[index]


def test_token_without_a_person_has_no_level(api: ResourceServer, provider: Provider) -> None:
    """RFC 9068 §2.2.1: acr, amr and auth_time are there only where a person signed in."""
    token = api.verify(a_token(provider.issuer, acr=None, amr=None, auth_time=None, scope=None))
    assert (token.acr, token.amr, token.auth_time, token.scopes) == ("", (), None, frozenset())


CLAIMS: dict[str, dict[str, Any]] = {
    "other issuer": {"iss": "https://other.example"},
    "no issuer": {"iss": None},
    "issuer in a list": {"iss": ["https://other.example"]},
    "OAU-36 other audience": {"aud": "https://other.example"},
    "OAU-36 no audience": {"aud": None},
    "audience by its beginning": {"aud": API + "/"},
    "audience no text": {"aud": [API, 1]},
    "audience an object": {"aud": {API: 1}},
    "no subject": {"sub": None},
    "subject empty": {"sub": ""},
    "subject no text": {"sub": 7},
    "no client": {"client_id": None},
    "no jti": {"jti": None},
    "no iat": {"iat": None},
    "JOS-09 no exp": {"exp": None},
    "JOS-09 exp past": {"exp": STAMP - 31},
    "JOS-09 exp at the leeway": {"exp": STAMP - 30},
    "JOS-09 exp a text": {"exp": str(STAMP + 600)},
    "JOS-09 exp true": {"exp": True},
    "JOS-09 exp negative": {"exp": -1},
    "JOS-09 exp beyond years": {"exp": 10**30},
    "JOS-09 exp a list": {"exp": [STAMP + 600]},
    "JOS-09 iat ahead": {"iat": STAMP + 31},
    "JOS-09 nbf ahead": {"nbf": STAMP + 31},
    "JOS-09 nbf a text": {"nbf": str(STAMP)},
    "auth_time ahead": {"auth_time": STAMP + 31},
    "auth_time a text": {"auth_time": str(STAMP)},
    "acr a list": {"acr": [MFA]},
    "amr a text": {"amr": "mfa"},
    "amr of numbers": {"amr": [1]},
    "scope a list": {"scope": ["transfer"]},
    "bound to a key": {"cnf": {"jkt": "x"}},
}


@pytest.mark.parametrize("changed", CLAIMS.values(), ids=CLAIMS.keys())
def test_token_is_refused_when_a_claim_is_bad(changed: dict[str, Any], api: ResourceServer, provider: Provider) -> None:
    """RFC 9068 §4: every claim has its type and its bounds, or the token is refused."""
    with pytest.raises(InvalidTokenError):
        api.verify(a_token(provider.issuer, **changed))


@pytest.mark.parametrize("changed", [{"exp": STAMP - 29}, {"iat": STAMP + 30}, {"nbf": STAMP + 30, "exp": STAMP + 0.5}])
def test_clocks_may_differ_by_the_leeway(changed: dict[str, Any], api: ResourceServer, provider: Provider) -> None:
    """RFC 7519 §4.1.4: some leeway for clocks, and no more."""
    assert api.verify(a_token(provider.issuer, **changed)).sub == "person"


PAYLOADS = {
    "JOS-09 exp 1e400": '{"exp":1e400,',
    "exp NaN": '{"exp":NaN,',
    "exp Infinity": '{"exp":Infinity,',
    "a claim twice": '{"aud":"https://api.example",',
    "digits without end": '{"x":' + "9" * 5000 + ",",
    "deep": '{"x":' + "[" * 5000 + "]" * 5000 + ",",
}


@pytest.mark.parametrize("start", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_token_is_refused_when_its_payload_reads_two_ways(start: str, api: ResourceServer, provider: Provider) -> None:
    """JOS-09: JSON that overflows, repeats or bottoms out is refused even under a good signature."""
    payload = (start + json.dumps(claims_of(provider.issuer))[1:]).encode()
    with pytest.raises(InvalidTokenError):
        api.verify(sign({"alg": "ES256", "typ": "at+jwt", "kid": a_key("ec").kid}, payload, a_key("ec")))


@pytest.mark.parametrize("payload", [b"[]", b'"x"', b"null", b"\xff", b"{", "{}".encode("utf-16")], ids=repr)
def test_token_is_refused_when_its_payload_is_no_object(
    payload: bytes, api: ResourceServer, provider: Provider
) -> None:
    """RFC 7519 §7.2: the claims are one JSON object in UTF-8."""
    with pytest.raises(InvalidTokenError):
        api.verify(sign({"alg": "ES256", "typ": "at+jwt", "kid": a_key("ec").kid}, payload, a_key("ec")))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


NAMES = ["alg", "typ", "kid", "crit", "iss", "aud", "sub", "client_id", "jti", "iat", "nbf", "exp", "auth_time", "acr"]


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from([*NAMES, "amr", "scope", "cnf", "x"]), value=JSON)
def test_signed_garbage_raises_our_errors_alone(name: str, value: Any, api: ResourceServer, provider: Provider) -> None:
    """However odd one member of header or claims is, the token is good or refused, and nothing breaks."""
    header = {"alg": "ES256", "typ": "at+jwt", "kid": a_key("ec").kid}
    claims = claims_of(provider.issuer)
    (header if name in {"alg", "typ", "kid", "crit"} else claims)[name] = value
    try:
        token = api.verify(sign(header, claims, a_key("ec")))
    except ResourceServerError:
        return
    assert token.sub
