"""Assessments as they are kept, and histories."""

from dataclasses import dataclass, field
from datetime import datetime

from idp.risk.model import Assessment, Visit

WAS_ME, WAS_NOT_ME = "was_me", "was_not_me"
"""What a person has said of a sign-in, by proving themselves or by reporting it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptHistory:
    """One person's past: keyed hashes alone, and the last verified sign-in to compare the next with."""

    user_id: str
    blob: bytes = field(repr=False)
    last: Visit | None
    denied_at: datetime | None = None
    """When the person last said of an approval that it was not theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAssessment:
    """One assessment, under the decision that was made with it."""

    decision_id: str
    user_id: str
    at: datetime
    band: str
    assessment: Assessment
    cookie_key: int = 0
    taught: bool = False
    """Whether the sign-in taught the history something."""
    feedback: str = ""
    """`was_me`, `was_not_me`, or nothing yet."""
