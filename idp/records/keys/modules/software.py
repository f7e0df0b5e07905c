"""Private keys in the database, sealed: what an installation has unless it names a module."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc.jwk import ECKey, RSAKey

from idp.records.keys.modules.base import RSA_BITS, Pair, Signer

_HASH = SHA256()
_PADDING = PKCS1v15()
_ECDSA = ECDSA(_HASH)
_COORDINATE = 32
"""Bytes of one half of an ES256 signature (RFC 7518 §3.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RsaSigner:
    """RS256 (RFC 7518 §3.3)."""

    kid: str
    key: RSAKey
    private: RSAPrivateKey
    alg: str = "RS256"

    def sign(self, text: bytes) -> bytes:
        """Return a signature."""
        return self.private.sign(text, _PADDING, _HASH)


@dataclass(frozen=True, slots=True, kw_only=True)
class EcSigner:
    """ES256 (RFC 7518 §3.4): both halves at full length, one behind the other."""

    kid: str
    key: ECKey
    private: EllipticCurvePrivateKey
    alg: str = "ES256"

    def sign(self, text: bytes) -> bytes:
        """Return a signature."""
        r, s = decode_dss_signature(self.private.sign(text, _ECDSA))
        return r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)


class Software:
    """Makes and imports keys in this process."""

    name = ""

    def make(self, alg: str) -> Pair:
        """Make a pair; what is kept of the private half is its JWK."""
        match alg:
            case "RS256":
                key: RSAKey | ECKey = RSAKey.generate_key(RSA_BITS, private=True)
            case "ES256":
                key = ECKey.generate_key("P-256", private=True)
            case _:
                raise ValueError(f"no key is made for {alg}")
        return Pair(public=key.as_dict(private=False), private=key.as_dict(private=True))

    def signer(self, private: Mapping[str, Any], *, kid: str, alg: str) -> Signer:
        """Import a private key: 33 ms for RSA (performance.md §1), so whoever asks keeps it."""
        members = dict(private)
        match alg, members.get("kty"):
            case "RS256", "RSA":
                rsa = RSAKey.import_key(members, {"kid": kid, "alg": alg, "use": "sig"})
                if isinstance(rsa.private_key, RSAPrivateKey):
                    return RsaSigner(kid=kid, key=rsa, private=rsa.private_key)
            case "ES256", "EC":
                ec = ECKey.import_key(members, {"kid": kid, "alg": alg, "use": "sig"})
                if isinstance(ec.private_key, EllipticCurvePrivateKey):
                    return EcSigner(kid=kid, key=ec, private=ec.private_key)
        raise LookupError(f"there is no private {alg} key here")
