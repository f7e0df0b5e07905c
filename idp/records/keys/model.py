"""Signing keys."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeyState(StrEnum):
    """A key is published before it signs and after it has ceased to (OIDC Core 1.0 §10.1.1)."""

    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """One key. The private half is sealed with the key's own id as context."""

    kid: str
    alg: str
    state: KeyState
    public_jwk: str
    """JSON."""
    private_sealed: bytes
    created_at: datetime
    retired_at: datetime | None = None

    def __repr__(self) -> str:
        return f"SigningKey({self.kid!r}, {self.alg}, {self.state})"
