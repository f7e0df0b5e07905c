"""What an assessment says: named terms, named signals, a band. Values only; policy decides what follows."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

LOW, CHALLENGE, HIGH, UNKNOWN = "low", "challenge", "high", "unknown"
FAILED = "assessment_failed"
"""The signal of an assessment that did not come about."""


class Term(NamedTuple):
    """One reason and its weight: positive speaks against the sign-in."""

    code: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an address is thought to be, to the nearest tenth of a degree, and how far off that may be."""

    latitude: float
    longitude: float
    radius_km: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One verified sign-in as the next one is compared with it."""

    at: datetime
    country: str = ""
    provider: str = ""
    place: Place | None = None
    is_shared: bool = False
    """Whether many people in many places come from there: relays, hosting, carriers."""
    is_new_device: bool = False
    """Whether the person had signed in before, and never with this device."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One sign-in, assessed once its person is known; every page of its interaction sees the same."""

    user_id: str
    visit: Visit
    before: Visit | None
    """The last verified sign-in, which it was compared with."""
    score: float
    percentile: float
    band: str
    """`low`, `challenge`, `high`; `unknown` when a source that should be there failed."""
    terms: tuple[Term, ...] = ()
    signals: tuple[str, ...] = ()
    """Rules that hold, and inputs that are absent, stale or failed."""
    kmh: float | None = None
    km: float | None = None
    is_first: bool = False
    is_recorded_only: bool = False
    network: tuple[int, ...] = ()
    client: tuple[int, ...] = ()
    hints: tuple[int, ...] = ()
    model: int = 1
    """Which form of the score this is: points of one are not those of another."""
    moves: tuple[tuple[int, int], ...] = ()
    """What moved from the keys of the last pepper to these."""
