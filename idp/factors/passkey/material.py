"""What is kept: of a passkey, and of a ceremony that has begun."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from idp.factors.base import Challenge

LASTS = timedelta(minutes=5)
"""How long a ceremony may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyMaterial:
    """What is kept of one passkey (the credential record, WebAuthn Level 3 §4)."""

    key_id: str
    """Its own id, as browsers write it (base64url)."""
    public_key: bytes
    """COSE key."""
    is_backup_eligible: bool
    aaguid: str = ""
    transports: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        """Return the material as it is sealed and stored."""
        return msgspec.json.encode(self)


def material_of(encoded: bytes) -> PasskeyMaterial:
    """Return the material of a stored passkey."""
    return msgspec.json.decode(encoded, type=PasskeyMaterial)


class Ceremony(StrEnum):
    """What a challenge was made for: the one is never answered by the other (WAN-05)."""

    CREATE = "create"
    CREATE_QUIETLY = "create_quietly"
    """Without asking the person, who has just signed in with a password (`mediation: conditional`)."""
    GET = "get"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A ceremony that has begun: its challenge is answered once, by one of those it was offered to."""

    ceremony: Ceremony
    challenge: bytes = field(repr=False)
    expires_at: datetime
    person: str = ""
    """Empty: whoever it may be."""
    offered: tuple[str, ...] = ()
    """Key ids; empty: any."""

    def encoded(self) -> bytes:
        """Return it as the interaction keeps it, sealed."""
        return msgspec.json.encode(self)

    def admits(self, key_id: str) -> bool:
        """Tell whether the passkey with this id may answer (WebAuthn Level 3 §7.2 step 5; WAN-08)."""
        return not self.person or key_id in self.offered


def begun_of(challenge: Challenge, *ceremonies: Ceremony) -> Begun | None:
    """Return the ceremony that a challenge began, if it is one of these."""
    begun = msgspec.json.decode(challenge.state, type=Begun) if challenge.state else None
    return begun if begun is not None and begun.ceremony in ceremonies else None
