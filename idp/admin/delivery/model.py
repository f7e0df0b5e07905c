"""What the page of delivery shows: never a text, and of an address only what its owner would recognise."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.records.delivery.model import Queue


class Health(StrEnum):
    """How a channel is."""

    WORKS = "works"
    """Nothing has failed since a message was last taken."""
    FAILS = "fails"
    """It has failed, too rarely to be left alone."""
    RESTS = "rests"
    """It is left alone for a while."""
    TRIES = "tries"
    """The rest is over: the next message shows whether it works."""
    NONE = "none"
    """There is no gateway; messages wait for one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One channel."""

    name: str
    gateway: str
    """Its carrier's name; empty: none."""
    health: Health
    failures: int
    """In a row."""
    until: datetime | None
    """Until when it is left alone."""
    queue: Queue
    test_to: str
    """Where a test of it would go, masked; empty: none can be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One message that was given up."""

    id: str
    channel: str
    purpose: str
    to: str
    """Masked."""
    created_at: datetime
    dead_at: datetime | None
    attempts: int
    reason: str
    is_kept: bool
    """Whether its text is still there, so that it can be tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything on the page."""

    at: datetime
    channels: tuple[Channel, ...]
    dead: tuple[DeadLetter, ...]
