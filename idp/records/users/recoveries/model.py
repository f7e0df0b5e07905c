"""Recoveries."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """One recovery: it takes effect when it has cooled off, unless it was cancelled before."""

    id: str
    user_id: str
    started_at: datetime
    cools_until: datetime
    lost: tuple[str, ...] = ()
    """Credentials that the person has lost: they go when it takes effect."""
    password_id: str = ""
    """The password that was set on the way; empty where none was."""
    language: str = ""
    """Of whoever began it, as people are told of its end in it; empty: it began before this was noted."""
    replaced: bytes = field(default=b"", repr=False)
    """The password that was there before, to be put back when it is cancelled."""
    ended_at: datetime | None = None
    """When it took effect or was cancelled."""
