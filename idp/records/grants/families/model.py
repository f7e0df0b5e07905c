"""Refresh families."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The refresh tokens of one grant: one is good, the last one is remembered, all others were used.

    `replay_sealed` is the answer that the last rotation gave, under a key derived from the token it was given for: only
    whoever holds that token can have it again.
    """

    id: str
    grant_id: str
    client_id: str
    created_at: datetime
    expires_at: datetime
    """The absolute end, which no rotation moves."""
    idle_until: datetime
    current_hash: str
    previous_hash: str | None = None
    rotated_at: datetime | None = None
    replay_sealed: bytes | None = field(default=None, repr=False)
    revoked_at: datetime | None = None
