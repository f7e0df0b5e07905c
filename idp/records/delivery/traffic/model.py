"""Counts of what was sent."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What was sent to one part of the world, or for one person, within one window of time."""

    key: str
    starts_at: datetime
    sent: int
    used: int
    """How many of the codes came back."""
    stopped_at: datetime | None = None
    """When nothing more was sent for the first time."""
