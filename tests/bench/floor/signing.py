"""Signatures straight from the cryptography library."""

import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc.jwk import ECKey, RSAKey


class Signer:
    """One RSA and one EC key."""

    def __init__(self) -> None:
        self._rsa = rsa.generate_private_key(65537, 2048)
        self._ec = ec.generate_private_key(ec.SECP256R1())
        self.jwks = {
            "keys": [
                {**RSAKey.import_key(self._rsa).as_dict(private=False), "kid": "r1", "alg": "RS256", "use": "sig"},
                {**ECKey.import_key(self._ec).as_dict(private=False), "kid": "e1", "alg": "ES256", "use": "sig"},
            ]
        }
        self._heads = {
            "RS256": _part({"alg": "RS256", "kid": "r1", "typ": "JWT"}),
            "ES256": _part({"alg": "ES256", "kid": "e1", "typ": "at+jwt"}),
        }

    def sign(self, claims: dict[str, Any], *, alg: str) -> str:
        """Return the claims as a signed JWT."""
        text = self._heads[alg] + b"." + _part(claims)
        if alg == "RS256":
            signature = self._rsa.sign(text, padding.PKCS1v15(), hashes.SHA256())
        else:
            r, s = decode_dss_signature(self._ec.sign(text, ec.ECDSA(hashes.SHA256())))
            signature = r.to_bytes(32) + s.to_bytes(32)
        return (text + b"." + _encoded(signature)).decode()


def _part(value: dict[str, Any]) -> bytes:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")
