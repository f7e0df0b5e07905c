"""The outbox, and the carriers that cannot be reached at present."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

NOTICE = "notice"
"""The purpose of messages that tell what has changed."""
LOGOUT = "logout"
"""The channel and the purpose of what tells an application that somebody was signed out; it goes to a `client_id`."""
LASTING = frozenset({NOTICE, LOGOUT})
"""Purposes of messages that are late rather than lost: they are tried for days, and kept when they are given up."""
NOTICE_LASTS = timedelta(days=7)
"""How long such a one is tried."""
TEST = "test"
"""The purpose of messages that administrators send themselves to see whether they arrive."""
TEST_LASTS = timedelta(minutes=10)
"""How long a test is tried: who asked for it watches."""
_CODE_LASTS = timedelta(minutes=10)
"""NIST SP 800-63B-4 §3.1.3.2: no code is good for longer."""


class State(StrEnum):
    """What has become of a message."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"


def state_of(sent_at: datetime | None, dead_at: datetime | None) -> State:
    """Return what has become of a message that was sent then, or given up."""
    if sent_at is not None:
        return State.SENT
    return State.WAITING if dead_at is None else State.DEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxMessage:
    """One message, written in the transaction that causes it and sent after the commit. The text is sealed at rest.

    Its id is the key by which a gateway tells a second try from a second message.
    """

    id: str
    channel: str
    """`sms`, `voice`, `email`, `push` or `logout`."""
    to: str
    purpose: str
    created_at: datetime
    language: str = "en"
    subject: str = ""
    text: str = field(default="", repr=False)
    """Empty once it is of no more use: sent, or a code that will not be."""
    expires_at: datetime | None = None
    """From when it is of no more use."""
    due_at: datetime | None = None
    """When it is to be tried next; None: at once. While somebody tries it, when somebody else may."""
    attempts: int = 0
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    reason: str = ""
    """Why the last attempt failed."""

    @property
    def state(self) -> State:
        """Where it is on its way."""
        return state_of(self.sent_at, self.dead_at)

    @property
    def ends_at(self) -> datetime:
        """When it is of no more use: a notice is late rather than lost, a code that is late is void."""
        return self.expires_at or self.created_at + (NOTICE_LASTS if self.purpose in LASTING else _CODE_LASTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut:
    """Which session has ended, and whose: the text of a message to an application, as JSON."""

    session_id: str
    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """What waits on one channel."""

    waiting: int = 0
    oldest_at: datetime | None = None
    """When the oldest of it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A channel whose carrier has failed: how often in a row, and until when it is left alone."""

    channel: str
    failures: int
    until: datetime | None = None
    """None: it has failed too rarely to be left alone."""
