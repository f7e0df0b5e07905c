"""Mailed links."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What a link does."""

    RESET = "reset"
    """Chooses a new password."""
    LOST = "lost"
    """Confirms that every second factor is lost."""
    REPORT = "report"
    """Says that what a notice tells of was somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link, by the hash of its token: used once, for what it was made for, and not after its end."""

    token_hash: str = field(repr=False)
    purpose: Purpose
    user_id: str
    about: str = field(default="", repr=False)
    """What must still be so when it is used: a digest of it, or its id."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
