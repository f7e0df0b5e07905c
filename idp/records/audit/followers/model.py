"""Whoever follows the trail from outside, and how far they have come."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Where one follower is: `seal` is the last one it was told of."""

    name: str
    seal: int = 0
    failures: int = 0
    """Tries in a row that came to nothing."""
    rests_until: datetime | None = None
    """Until when it is left alone after a failure."""
    reason: str = ""
    """Why the last try came to nothing."""
