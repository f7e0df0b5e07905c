"""Signing keys."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeyState(StrEnum):
    """A key is published before it signs and after it has ceased to (OIDC Core 1.0 §10.1.1)."""

    NEXT = "next"
    """Published, so that every relying party has it in its cache when it begins to sign."""
    CURRENT = "current"
    """Signs; one for each algorithm."""
    PREVIOUS = "previous"
    """Signs no more, and is published while what it signed may still be checked."""
    RETIRED = "retired"
    """Published no more: nothing that it signed is believed."""


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
