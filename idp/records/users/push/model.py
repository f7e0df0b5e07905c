"""Push subscriptions (Push API; RFC 8030): where a browser can be told something, and under which keys."""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric import ec

_AUTH_BYTES = 16
"""RFC 8291 §3.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What only the subscribed browser and we know: whoever has these is that browser."""

    endpoint: str = field(repr=False)
    """A capability: whoever knows it can send something there."""
    p256dh: str = field(repr=False)
    """Base64url without padding: an uncompressed point of P-256."""
    auth: str = field(repr=False)
    """Base64url without padding: 16 bytes."""

    @property
    def is_whole(self) -> bool:
        """Whether a message can be encrypted for these keys."""
        try:
            ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(self.p256dh))
            return len(decoded(self.auth)) == _AUTH_BYTES
        except ValueError:
            return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One browser that is told, beside the credential by which it approves."""

    id: str
    user_id: str
    credential_id: str
    keys: Keys
    created_at: datetime


def decoded(text: str) -> bytes:
    """Return what base64url stands for. Raises ValueError for anything else."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("no base64url") from error
