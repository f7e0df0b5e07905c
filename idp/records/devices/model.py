"""Known devices."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDevice:
    """A browser on which this person has fully succeeded before; the cookie's secret is kept as a hash."""

    secret_hash: str
    user_id: str
    first_seen_at: datetime
    seen_at: datetime
    factors: tuple[tuple[str, datetime], ...] = ()
    """Credential id and when it last succeeded here, for the order of options."""
