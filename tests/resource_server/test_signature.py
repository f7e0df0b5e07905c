"""Signed tokens: what their header may say, and whose signature holds (RFC 8725; security.md JOS-01 to JOS-08)."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.resource_server import InvalidTokenError, ResourceServer, ResourceServerError
from idp.resource_server.signature import open_signed
from tests.resource_server.kit import (
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
