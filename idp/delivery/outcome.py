"""What a carrier says of one try, as values: whoever settles a try needs nothing else.

Reasons are short codes of ours. What a gateway says in words may quote the number or the text, so it is never kept.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Sent:
    """The gateway has taken it."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The gateway will never take this message: trying again would change nothing."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """It has not been taken, or nobody knows; another try may help."""

    reason: str
    is_outage: bool = True
    """Whether the gateway itself fails, and not only at this message."""
    is_unsure: bool = False
    """Whether the gateway may have taken it all the same: the reply was lost."""
    wait: timedelta | None = None
    """How long the gateway wants to be left alone (RFC 9110 §10.2.3)."""


Outcome = Sent | Refused | Later
