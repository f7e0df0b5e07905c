"""Encrypts what a push service carries, so that only the subscribed browser reads it (RFC 8291; RFC 8188 `aes128gcm`).

One record, whose key is agreed on with a key pair that is drawn for this message alone. The library of the web-push
project does the same and has stood still for years; these are its few lines on the one that stands under everything
else here.
"""

import os
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LONGEST = 3_993
"""Bytes of a message: what every push service has to take (RFC 8291 §4)."""
_RECORD = 4_096
_SALT_BYTES, _KEY_BYTES, _NONCE_BYTES = 16, 16, 12
_LAST_RECORD = b"\x02"
"""RFC 8188 §2: what follows the text in the last record."""


def encrypted(
    text: bytes,
    *,
    p256dh: bytes,
    auth: bytes,
    sender: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes = b"",
) -> bytes:
    """Return a text as the body of a push message; a test names the key pair and salt that are drawn otherwise.

    Raises ValueError for a text that is too long, and for a key that is none.
    """
    if len(text) > LONGEST:
        raise ValueError("longer than push services have to take")
    ours = sender or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(_SALT_BYTES)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    our_point = ours.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    # RFC 8291 §3.3, §3.4: both public keys are bound into the key, and the secret that the push service never sees.
    info = b"WebPush: info\x00" + p256dh + our_point
    shared = _derived(ours.exchange(ec.ECDH(), theirs), salt=auth, info=info, length=32)
    key = _derived(shared, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=_KEY_BYTES)
    nonce = _derived(shared, salt=salt, info=b"Content-Encoding: nonce\x00", length=_NONCE_BYTES)
    header = salt + struct.pack("!IB", _RECORD, len(our_point)) + our_point
    return header + AESGCM(key).encrypt(nonce, text + _LAST_RECORD, None)


def _derived(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(secret)
