"""The one interface of all carriers."""

from typing import Protocol

from idp.delivery.outcome import Outcome
from idp.records.delivery.model import OutboxMessage


class Carrier(Protocol):
    """A way to a gateway. It is used by several threads, holds no transaction, and gives up in bounded time."""

    name: str
    channels: frozenset[str]
    """What it can carry: `email`, `sms`, `voice`."""
    drops_duplicates: bool
    """Whether the gateway takes one message once, however often it is handed over: it knows the message's id."""

    def carry(self, message: OutboxMessage) -> Outcome:
        """Hand one message over."""
        ...

    def check(self) -> str:
        """Return what is wrong with the way to the gateway, or ''. Nothing is sent."""
        ...
