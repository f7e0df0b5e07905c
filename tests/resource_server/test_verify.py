"""Access tokens: what passes, and every way in which one does not (RFC 9068 §4; security.md G, OAU-36)."""

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.resource_server import InvalidTokenError, ResourceServer, ResourceServerError, VerifiedToken
from idp.resource_server.signature import open_signed
from tests.resource_server.kit import (
    API,
    MFA,
    NOW,
    Provider,
    a_key,
    a_provider,
    a_token,
    an_api,
    b64,
    claims_of,
    sign,
)
from tests.support.clock import FixedClock

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


@pytest.mark.parametrize(
    ("kind", "alg"),
    [("rsa", "RS256"), ("rsa", "PS256"), ("ec", "ES256"), ("okp", "EdDSA"), ("okp", "Ed25519")],
)
def test_algorithm_is_accepted_when_it_is_on_the_list(kind: str, alg: str, clock: FixedClock) -> None:
    """RS256, PS256, ES256 and EdDSA (by both its names) verify with the provider's key of that type."""
    with a_provider("rsa", "ec", "okp") as provider:
        key = a_key(kind)
        header = {"alg": alg, "typ": "application/at+JWT", "kid": key.kid}
        model = "Ed25519" if alg == "EdDSA" else alg
        signed = sign(header, claims_of(provider.issuer), key, alg=model)
        assert an_api(provider, clock).verify(signed).sub == "person"


def test_key_is_found_without_its_id_when_it_is_the_only_one(api: ResourceServer, provider: Provider) -> None:
    """RFC 7515 §4.1.4: `kid` is a hint; one fitting key needs none."""
    assert api.verify(a_token(provider.issuer, header={"kid": None})).sub == "person"


def test_key_is_not_guessed_when_two_fit(api: ResourceServer, provider: Provider) -> None:
    """A token that does not say which of two keys signed it is refused."""
    provider.keys.append(a_key("ec2").as_dict(private=False))
    with pytest.raises(InvalidTokenError, match="no key"):
        api.verify(a_token(provider.issuer, header={"kid": None}))


HEADERS: dict[str, dict[str, Any]] = {
    **{f"JOS-01 alg {value!r}": {"alg": value} for value in ("none", "None", "nOnE", "", None, 1, ["ES256"], {})},
    "JOS-02 alg HS256": {"alg": "HS256"},
    "alg ES384": {"alg": "ES384"},
    "alg of another key's type": {"alg": "RS256"},
    "JOS-05 crit unknown": {"crit": ["x"]},
    "JOS-05 crit empty": {"crit": []},
    "JOS-05 crit no list": {"crit": "x"},
    "JOS-05 crit names what is there": {"crit": ["exp"], "exp": 1},
    "JOS-05 b64": {"b64": False, "crit": ["b64"]},
    "b64 without crit": {"b64": True},
    "JOS-08 an ID token": {"typ": "JWT"},
    "JOS-08 no type": {"typ": None},
    "JOS-08 a logout token": {"typ": "logout+jwt"},
    "JOS-08 an introspection answer": {"typ": "token-introspection+jwt"},
    "JOS-08 a request object": {"typ": "oauth-authz-req+jwt"},
    "typ no text": {"typ": ["at+jwt"]},
    "typ nearly": {"typ": "at+jwt "},
    "kid unknown": {"kid": "unknown"},
    "kid no text": {"kid": 7},
    "kid no text, deep": {"kid": {"kid": []}},
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_token_is_refused_when_its_header_is_bad(
    header: dict[str, Any], api: ResourceServer, provider: Provider
) -> None:
    """RFC 8725 §3: the header decides nothing, however well the rest is signed."""
    with pytest.raises(InvalidTokenError):
        api.verify(a_token(provider.issuer, header=header))


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


@pytest.mark.parametrize("part", [0, 1, 2])
def test_token_is_refused_when_one_character_is_changed(part: int, api: ResourceServer, provider: Provider) -> None:
    """A signature covers header and payload, and is itself exact."""
    parts = a_token(provider.issuer).split(".")
    parts[part] = parts[part][:10] + ("A" if parts[part][10] != "A" else "B") + parts[part][11:]
    with pytest.raises(InvalidTokenError):
        api.verify(".".join(parts))


def test_token_of_a_stranger_is_refused_when_it_borrows_a_key_id(api: ResourceServer, provider: Provider) -> None:
    """A `kid` of the provider's over a stranger's signature is no token of the provider's."""
    header = {"alg": "ES256", "typ": "at+jwt", "kid": a_key("ec").kid}
    with pytest.raises(InvalidTokenError, match="signature"):
        api.verify(sign(header, claims_of(provider.issuer), a_key("ec stranger")))


@pytest.mark.parametrize("member", ["jku", "x5u"])
def test_key_address_in_the_header_is_never_fetched(member: str, api: ResourceServer, provider: Provider) -> None:
    """JOS-03: a key that the token itself points to is no key; the canary stays silent."""
    own = a_key("ec stranger")
    header = {"alg": "ES256", "typ": "at+jwt", "kid": own.kid, member: provider.issuer + "/canary"}
    with pytest.raises(InvalidTokenError):
        api.verify(sign(header, claims_of(provider.issuer), own))
    assert provider.seen["/canary"] == 0


@pytest.mark.parametrize("kid", [None, "stranger"])
def test_key_in_the_header_is_ignored(kid: str | None, api: ResourceServer, provider: Provider) -> None:
    """JOS-03: a key or certificate that the token brings along verifies nothing."""
    own = a_key("ec stranger")
    header = {"alg": "ES256", "typ": "at+jwt", "jwk": own.as_dict(private=False), "x5c": ["AAAA"]}
    header |= {"kid": kid} if kid else {}
    with pytest.raises(InvalidTokenError):
        api.verify(sign(header, claims_of(provider.issuer), own))


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
def test_public_key_is_never_a_secret(form: str, clock: FixedClock) -> None:
    """JOS-02: HS256 over the text of the public key is refused (RFC 8725 §2.1)."""
    with a_provider("rsa") as provider:
        key = a_key("rsa")
        public = key.public_key.public_bytes(  # type: ignore[union-attr]
            Encoding.DER if form == "der" else Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )
        secret = json.dumps(key.as_dict(private=False)).encode() if form == "jwk" else public
        header = b64(json.dumps({"alg": "HS256", "typ": "at+jwt", "kid": key.kid}).encode())
        signed = header + "." + b64(json.dumps(claims_of(provider.issuer)).encode())
        mac = b64(hmac.new(secret, signed.encode(), hashlib.sha256).digest())
        with pytest.raises(InvalidTokenError, match="algorithm"):
            an_api(provider, clock).verify(f"{signed}.{mac}")


@pytest.mark.parametrize("part", [0, 1, 2])
@pytest.mark.parametrize("size", [3_000, 12_000, 1_000_000, 50_000_000])
def test_oversize_token_is_refused_before_it_is_decoded(part: int, size: int, clock: FixedClock) -> None:
    """JOS-06: a long segment costs a look at its length; nobody is asked about it."""
    with a_provider("ec") as provider:
        api = an_api(provider, clock, client_id="api", client_secret="secret")
        parts = a_token(provider.issuer).split(".")
        parts[part] = "A" * size
        with pytest.raises(InvalidTokenError):
            api.verify(".".join(parts))
        assert provider.seen["/introspect"] == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token + "=",
        lambda token: token.replace(".", "=.", 1),
        lambda token: token[:5] + "\n" + token[5:],
        lambda token: token + "." + token,
        lambda token: token + "ü",
        lambda token: token[:-1] + "+",
        lambda token: "A." + token.split(".", 1)[1],
    ],
)
def test_token_is_refused_when_it_is_not_base64url(change: Any, provider: Provider, clock: FixedClock) -> None:
    """RFC 7515 §2: no padding, no line breaks, no other alphabet: one token has one spelling."""
    with pytest.raises(InvalidTokenError):
        an_api(provider, clock).verify(change(a_token(provider.issuer)))


def test_encrypted_token_is_refused_when_introspection_is_not_set_up(provider: Provider, clock: FixedClock) -> None:
    """JOS-07: JWE is off: five segments are opaque, whatever they would inflate to."""
    with pytest.raises(InvalidTokenError, match="opaque"):
        an_api(provider, clock).verify("e30.e30.e30.e30.e30")
    assert not provider.seen


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(token=st.text(max_size=80) | st.from_regex(r"\A[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\Z"))
def test_garbage_raises_our_errors_alone(token: str, api: ResourceServer) -> None:
    """Whatever comes as a token, verification refuses it in one way."""
    with pytest.raises(ResourceServerError):
        api.verify(token)


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


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["rsa", "ec", "okp"]), signature=st.binary(min_size=1, max_size=300))
def test_garbage_for_a_signature_does_not_hold(kind: str, signature: bytes, clock: FixedClock) -> None:
    """No length and no content of a made-up signature breaks verification or passes it."""
    alg = {"rsa": "RS256", "ec": "ES256", "okp": "EdDSA"}[kind]
    header = {"alg": alg, "typ": "at+jwt", "kid": a_key(kind).kid}
    signed = b64(json.dumps(header).encode()) + "." + b64(json.dumps(claims_of("x")).encode())
    with pytest.raises(InvalidTokenError, match="signature"):
        open_signed(f"{signed}.{b64(signature)}", lambda kid, alg: a_key(kind))


@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "", "ES256"])
def test_token_without_a_signature_is_refused(alg: str, api: ResourceServer, provider: Provider) -> None:
    """JOS-01: an empty signature signs nothing, whatever the header calls it."""
    header = b64(json.dumps({"alg": alg, "typ": "at+jwt", "kid": a_key("ec").kid}).encode())
    with pytest.raises(InvalidTokenError):
        api.verify(f"{header}.{b64(json.dumps(claims_of(provider.issuer)).encode())}.")


@pytest.mark.parametrize("token", ["opaque", "a.b", "a.b.c.d", "a..c", "A" * 20_000 + ".A.A"])
def test_nothing_but_a_signed_token_is_opened(token: str) -> None:
    """The form is looked at first: no key is searched for anything else."""

    def find(kid: str | None, alg: str) -> Any:
        raise AssertionError("no key is needed")

    with pytest.raises(InvalidTokenError, match="form"):
        open_signed(token, find)
