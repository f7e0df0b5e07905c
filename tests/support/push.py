"""A browser's half of web push: what it subscribes with, and how it reads what comes (RFC 8291, written anew here)."""

import base64
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.records.users.push.model import Keys
from tests.support.gateway import Told


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Subscribed:
    """One subscription of one browser."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"sixteen bytes ok"

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def fields(self) -> dict[str, str]:
        """What the page sends."""
        return {"endpoint": self.endpoint, "p256dh": b64(self.point), "auth": b64(self.auth)}

    @property
    def keys(self) -> Keys:
        """What is kept of it."""
        return Keys(**self.fields)

    def read(self, body: bytes) -> bytes:
        """Decrypt a message. Raises InvalidTag for one that is not for these keys."""
        salt, length = body[:16], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        secret = _mac(_mac(self.auth, shared), b"WebPush: info\x00" + self.point + theirs + b"\x01")
        pseudo = _mac(salt, secret)
        key = _mac(pseudo, b"Content-Encoding: aes128gcm\x00\x01")[:16]
        nonce = _mac(pseudo, b"Content-Encoding: nonce\x00\x01")[:12]
        text = AESGCM(key).decrypt(nonce, sealed, None)
        assert text.endswith(b"\x02"), "the last record ends so (RFC 8188 §2)"
        return text[:-1]

    def notice(self, told: Told) -> dict[str, str]:
        """Read what a push service was told."""
        found: dict[str, str] = json.loads(self.read(told.body))
        return found


def vouched(told: Told, *, by: str) -> dict[str, object]:
    """Return what the sender says of itself, checked against the key that the browser subscribed with (RFC 8292)."""
    scheme, _, rest = told.headers["authorization"].partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, parts["k"]) == ("vapid", by)
    point = unb64(by)
    key = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": b64(point[1:33]), "y": b64(point[33:])})
    return dict(jwt.decode(parts["t"], key, algorithms=["ES256"]).claims)


def _mac(key: bytes, message: bytes) -> bytes:
    it = hmac.HMAC(key, hashes.SHA256())
    it.update(message)
    return it.finalize()
