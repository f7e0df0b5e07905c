"""Trusted devices."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedDevice:
    """One browser that one person trusts. The cookie's secret is new at each use and kept as a hash."""

    id: str
    user_id: str
    secret_hash: str = field(repr=False)
    trusted_at: datetime
    used_at: datetime
    user_agent: str = ""
    address: str = ""

    def lives(self, *, ttl: timedelta, idle: timedelta, now: datetime) -> bool:
        """Tell whether it is trusted still: neither too long ago nor too long unused."""
        return now < self.trusted_at + ttl and now < self.used_at + idle
