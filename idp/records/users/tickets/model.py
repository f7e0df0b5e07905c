"""Tickets."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

TICKET_TTL = timedelta(days=5)
SETUP = "setup"
"""The purpose of the token that `idp init` prints: whoever brings it becomes the first administrator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One ticket, by its hash: used once, and not after its end."""

    token_hash: str = field(repr=False)
    purpose: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
