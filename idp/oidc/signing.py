"""Tokens as texts (RFC 7519 §7.1, RFC 7515 §3.1): a header, claims, and one signature of ours.

joserfc reads and verifies, and holds the keys. What we sign ourselves has a header of our own and a key that was chosen
already, so it is put together here: a signature then costs what the mathematics does (performance.md §1).
"""

from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from idp.records.keys.service import PrivateKey

_HASH = SHA256()
_PADDING = PKCS1v15()
_ECDSA = ECDSA(_HASH)
_COORDINATE = 32
"""Bytes of one half of an ES256 signature (RFC 7518 §3.4)."""


def signed(key: PrivateKey, alg: str, claims: Mapping[str, Any], *, typ: str = "JWT") -> str:
    """Return the claims as a compact JWS. Raises ValueError when the key is none for this algorithm."""
    text = _header(alg, key.kid or "", typ) + b"." + _base64url(msgspec.json.encode(claims))
    return (text + b"." + _base64url(_SIGN[alg](key.private_key, text))).decode("ascii")


@lru_cache(maxsize=64)
def _header(alg: str, kid: str, typ: str) -> bytes:
    return _base64url(msgspec.json.encode({"alg": alg, "kid": kid, "typ": typ}))


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def _rs256(key: object, text: bytes) -> bytes:
    """RFC 7518 §3.3."""
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("RS256 takes an RSA key")
    return key.sign(text, _PADDING, _HASH)


def _es256(key: object, text: bytes) -> bytes:
    """RFC 7518 §3.4: both halves at full length, one behind the other."""
    if not isinstance(key, EllipticCurvePrivateKey):
        raise ValueError("ES256 takes a P-256 key")
    r, s = decode_dss_signature(key.sign(text, _ECDSA))
    return r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)


_SIGN: Mapping[str, Callable[[object, bytes], bytes]] = {"RS256": _rs256, "ES256": _es256}
