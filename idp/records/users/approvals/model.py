"""Requests to approve a sign-in on another device."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Verdict(StrEnum):
    """What became of a request."""

    OPEN = ""
    APPROVED = "approved"
    DENIED = "denied"
    """ "This was not me." """
    MISMATCHED = "mismatched"
    """Approved with another number than the one the sign-in shows."""
    WITHDRAWN = "withdrawn"
    """The sign-in has asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequest:
    """One request: who asks, from where, and what was decided on which device."""

    id: str
    user_id: str
    interaction_id: str
    browser_hash: str = field(repr=False)
    """That of the interaction: the browser that asks cannot approve."""
    number: str = field(repr=False)
    """Two digits, which a hash would not hide; they are worth nothing but on the other device, once."""
    client_name: str
    address: str
    user_agent: str
    created_at: datetime
    expires_at: datetime
    verdict: Verdict = Verdict.OPEN
    decided_at: datetime | None = None
    credential_id: str | None = None
    """The device on which it was approved."""
    used_at: datetime | None = None
