"""`id_token_hint` (OIDC Core 1.0 §3.1.2.1)."""

import base64
import hmac
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import RSAKey

from idp.core.errors import RedirectError
from idp.oidc.hints import subject_of
from tests.oidc.kit import ISSUER, public_jwks, rsa_key, signed

CLAIMS = {"iss": ISSUER, "sub": "u1", "aud": "c1", "exp": 1}


def read(hint: str) -> str:
    return subject_of(hint, issuer=ISSUER, client_id="c1", public_jwks=public_jwks())


@pytest.mark.parametrize("alg", ["RS256", "ES256"])
def test_subject_of_our_own_token_even_expired(alg):
    """§3.1.2.1: a hint is ours by its signature; it may have expired."""
    assert read(signed(CLAIMS, alg=alg)) == "u1"
    assert read(signed(CLAIMS | {"aud": ["c2", "c1"]}, alg=alg)) == "u1"


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"iss": "https://other.test"}, {}),
        ({"iss": [ISSUER]}, {}),
        ({"aud": "c2"}, {}),
        ({"aud": ["c2"]}, {}),
        ({"aud": {"c1": 1}}, {}),
        ({"sub": 5}, {}),
        ({"sub": ""}, {}),
        ({"events": {}}, {}),
        ({}, {"typ": "at+jwt"}),
        ({}, {"typ": "logout+jwt"}),
    ],
    ids=str,
)
def test_subject_of_refuses_what_is_no_id_token_for_this_client(claims, header):
    """OAU-23, JOS-05, JOS-08: another issuer, client or kind of token is no hint."""
    hint = signed(CLAIMS | claims, **header)
    with pytest.raises(RedirectError) as refusal:
        read(hint)
    assert refusal.value.error == "invalid_request"


@pytest.mark.parametrize("crit", [["x"], [], "x", ["kid"], 5])
def test_subject_of_refuses_critical_headers(crit):
    """JOS-05: `crit` names something we do not understand, though the signature is ours."""
    head = {"alg": "RS256", "kid": "r1", "crit": crit}
    content = ".".join(_encoded(json.dumps(part).encode()) for part in (head, CLAIMS))
    signature = rsa_key().private_key.sign(content.encode(), PKCS1v15(), SHA256())
    with pytest.raises(RedirectError):
        read(f"{content}.{_encoded(signature)}")


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _with_header(token: str, header: str) -> str:
    return ".".join([_encoded(header.encode()), *token.split(".")[1:]])


def forgeries() -> list[str]:
    ours = signed(CLAIMS)
    stranger = RSAKey.generate_key(2048, {"kid": "r1"})
    by_secret = ours.split(".")[1].join([_encoded(b'{"alg":"HS256","kid":"r1"}') + ".", ""])
    mac = hmac.digest(rsa_key().as_pem(private=False), by_secret.encode(), "sha256")
    return [
        "",
        "x",
        "a.b.c",
        "..",
        ours[:-4] + "AAAA",
        ours.rpartition(".")[0] + ".",
        _with_header(ours, '{"alg":"none"}'),
        _with_header(ours, '{"alg":"nOnE","kid":"r1"}'),
        _with_header(ours, '{"alg":"","kid":"r1"}'),
        _with_header(ours, '{"kid":"r1"}'),
        _with_header(ours, '{"alg":["RS256"],"kid":"r1"}'),
        _with_header(ours, '{"alg":"RS256","kid":"unknown"}'),
        _with_header(ours, '{"alg":"RS256","kid":5}'),
        _with_header(ours, '["RS256"]'),
        _with_header(ours, "5"),
        _with_header(ours, "[" * 5000),
        signed(CLAIMS, key=stranger, jwk=stranger.as_dict(private=False)),
        f"{by_secret}.{_encoded(mac)}",
    ]


@pytest.mark.parametrize("number", range(18))
def test_subject_of_refuses_forgeries(number):
    """OAU-23, JOS-01, JOS-02, JOS-03: nothing but our own signature by our own key."""
    with pytest.raises(RedirectError):
        read(forgeries()[number])


@given(
    st.text(alphabet=st.characters(codec="utf-8"))
    | st.lists(st.binary(), min_size=3, max_size=3).map(
        lambda parts: ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
    )
)
def test_subject_of_refuses_garbage_by_its_own_error_alone(hint):
    """No text raises anything else."""
    with pytest.raises(RedirectError):
        read(hint)
