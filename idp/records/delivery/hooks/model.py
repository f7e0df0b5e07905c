"""Webhooks, and what is on its way to them."""

from dataclasses import dataclass, field
from datetime import datetime

from idp.records.delivery.model import State, state_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of events. Its secret signs what is told; the one before goes on for a while."""

    id: str
    url: str
    description: str
    events: tuple[str, ...]
    """Names of events, in which `*` stands for anything; none: all."""
    secret: str = field(repr=False)
    created_at: datetime
    old_secret: str = field(default="", repr=False)
    old_ends_at: datetime | None = None
    disabled_at: datetime | None = None
    seal: int = 0
    """The last seal of the audit trail that was looked at for it."""
    failures: int = 0
    """Tries in a row that came to nothing."""
    rests_until: datetime | None = None
    """Until when it is left alone after a failure."""
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class HookMessage:
    """One event on its way to one webhook; its id is the same at each try."""

    id: str
    webhook_id: str
    name: str
    body: str = field(repr=False)
    created_at: datetime
    attempts: int = 0
    due_at: datetime | None = None
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    reason: str = ""
    """Why the last try came to nothing."""

    @property
    def state(self) -> State:
        """Where it is."""
        return state_of(self.sent_at, self.dead_at)
