"""What we sign, as others read it."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from idp.records.keys.modules.software import Software
from idp.records.keys.signing import signed

RSA = RSAKey.generate_key(2048, {"kid": "r1"}, private=True)
EC = ECKey.generate_key("P-256", {"kid": "e1"}, private=True)
CLAIMS = {"iss": "https://id.example.com", "sub": "u1", "name": "Zoë 山田", "aud": ["a", "b"], "exp": 1_700_000_000}


def signer(alg, key):
    return Software().signer(key.as_dict(private=True), kid=key.kid, alg=alg)


@pytest.mark.parametrize(("alg", "key"), [("RS256", RSA), ("ES256", EC)], ids=["RS256", "ES256"])
def test_signed_token_is_read_by_a_library(alg, key):
    """RFC 7515 §3.1, RFC 7518 §3.3 and §3.4."""
    for _ in range(20):  # halves of an ES256 signature that begin with zeros are at full length too
        token = jwt.decode(signed(signer(alg, key), CLAIMS), key, algorithms=[alg])
    assert (token.header, token.claims) == ({"alg": alg, "kid": key.kid, "typ": "JWT"}, CLAIMS)


def test_signed_token_says_its_type():
    """RFC 9068 §2.1."""
    token = jwt.decode(signed(signer("ES256", EC), CLAIMS, typ="at+jwt"), EC, algorithms=["ES256"])
    assert token.header["typ"] == "at+jwt"


def test_half_of_a_signature_keeps_its_length(monkeypatch):
    """RFC 7518 §3.4: 32 bytes each, whatever the numbers are."""
    monkeypatch.setattr("idp.records.keys.modules.software.decode_dss_signature", lambda _: (1, 2))
    signature = signed(signer("ES256", EC), CLAIMS).rpartition(".")[2]
    assert len(signature) == 86


@pytest.mark.parametrize(("alg", "key"), [("RS256", EC), ("ES256", RSA)], ids=["RS256", "ES256"])
def test_key_of_another_kind_signs_nothing(alg, key):
    """RFC 8725 §3.1: algorithm and key go together."""
    with pytest.raises(LookupError, match=alg):
        signer(alg, key)
