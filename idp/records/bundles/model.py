"""Policy bundles: versions, what is about to become live, and how it came to be."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleVersion:
    """One version, named by the SHA-256 of its canonical form; `text` is the YAML as it was written."""

    version: str
    name: str
    text: str
    parent: str
    created_at: datetime
    published_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text somebody is working on; it need not load. `edition` is what a stale edit is told by."""

    id: str
    name: str
    text: str = field(repr=False)
    parent: str
    """The version that was live when it was begun."""
    by: str
    created_at: datetime
    edited_at: datetime
    edition: int = 1


class Rollout(StrEnum):
    """The ways in which a version may be at work without being the live one."""

    SHADOW = "shadow"
    CANARY = "canary"
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A version at work beside the live one; it counts only while `parent` is the live one."""

    kind: Rollout
    version: str
    parent: str
    by: str
    at: datetime
    """Since when; for a scheduled one, from when."""
    share: int = 0
    """Canary: in how many of 10,000 people's cases it decides."""
    audience: str = ""
    """Canary: the group for whose members it decides."""


class Change(StrEnum):
    """How a version became the live one."""

    PUBLISHED = "published"
    ROLLED_BACK = "rolled_back"
    SCHEDULED = "scheduled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """One change of what is live."""

    id: str
    version: str
    replaced: str
    change: Change
    at: datetime
    by: str
    approved_by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A publication that waits for a second administrator."""

    id: str
    version: str
    parent: str
    by: str
    at: datetime
    note: str = ""
    starts_at: datetime | None = None
    closed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Glass:
    """A time in which publishing goes without its guards, opened on this machine by whoever has a shell there."""

    id: str
    by: str
    reason: str
    broken_at: datetime
    mends_at: datetime
    mended_at: datetime | None = None
