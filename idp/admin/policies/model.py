"""What may come of an attempt to publish: each outcome a value, with what people need to know of it."""

from dataclasses import dataclass, field
from datetime import datetime

from idp.core.errors import Problem
from idp.policy.differences.model import Difference
from idp.policy.language import Bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to publish."""

    bundle: Bundle
    parent: str
    """The version that was live when they began."""
    by: str
    note: str = ""
    starts_at: datetime | None = None
    """None: at once."""
    approved_by: str = ""


@dataclass(slots=True, kw_only=True)
class Census:
    """What the guard counted."""

    people: int = 0
    unmet_now: int = 0
    """Who could not meet the live bundle either."""
    unmet: int = 0
    """Who could not meet this one with what they have enrolled."""
    must_enrol: int = 0
    """Those of `unmet` who could set something up while signing in."""
    examples: list[str] = field(default_factory=list)
    """Usernames of some who could until now."""
    administrators: int = 0
    able: int = 0
    """Administrators who could publish again, if need be after setting something up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What the gate says of a bundle."""

    problems: tuple[Problem, ...]
    """What stops its publication."""
    warnings: tuple[Problem, ...]
    changes: tuple[Difference, ...]
    """What it changes of the live one."""
    census: Census


@dataclass(frozen=True, slots=True)
class Refused:
    """The gate says no."""

    checked: Checked


@dataclass(frozen=True, slots=True)
class Stale:
    """Somebody has published since: what it was compared with is no longer live (409)."""

    live: str
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Proposed:
    """It waits for a second administrator."""

    proposal: str
    checked: Checked


@dataclass(frozen=True, slots=True)
class Scheduled:
    """It will be in force from a moment to come."""

    version: str
    at: datetime
    checked: Checked


@dataclass(frozen=True, slots=True)
class Published:
    """It is in force."""

    version: str
    replaced: str
    checked: Checked


@dataclass(frozen=True, slots=True)
class Unchanged:
    """It is the live one already."""

    version: str


@dataclass(frozen=True, slots=True)
class NotYours:
    """Who agrees must be an administrator, and another one than who proposed it."""


Outcome = Published | Scheduled | Proposed | Refused | Stale | Unchanged | NotYours
