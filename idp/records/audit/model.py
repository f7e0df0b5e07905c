"""Audit events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, named `noun.verb.outcome`. Never a secret, a code or a token."""

    name: str
    at: datetime
    user_id: str = ""
    client_id: str = ""
    session_id: str = ""
    interaction_id: str = ""
    decision_id: str = ""
    address: str = ""
    details: Mapping[str, str | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event and its place in the trail."""

    id: int
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """How often one thing happened on one day."""

    name: str
    day: int
    """Whole days in UTC since 1970-01-01."""
    count: int
