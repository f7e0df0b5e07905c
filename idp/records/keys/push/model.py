"""The key by which push services know us (VAPID, RFC 8292)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PushKey:
    """One P-256 key. Browsers bind what they subscribe to its public half, so it is never published beside others."""

    public_key: str
    """An uncompressed point, base64url without padding, as browsers take it (RFC 8292 §3.2)."""
    private_sealed: bytes
    created_at: datetime

    def __repr__(self) -> str:
        return f"PushKey({self.public_key!r})"
