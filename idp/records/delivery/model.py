"""The outbox."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """One message, written in the transaction that causes it and sent after the commit. The text is sealed at rest."""

    id: str
    channel: str
    """`sms` or `email`."""
    to: str
    purpose: str
    created_at: datetime
    subject: str = ""
    text: str = field(default="", repr=False)
    sent_at: datetime | None = None
    attempts: int = 0
