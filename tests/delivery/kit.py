"""What the tests of delivery share: an outbox with messages in it, a carrier that does as it is told, a courier."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from idp.core.tokens import SystemTokens
from idp.delivery.courier import Courier
from idp.delivery.outcome import Outcome, Sent
from idp.records.delivery import store as outbox
from idp.records.delivery.model import OutboxMessage
from idp.storage.engine import Database
from tests.support.clock import START, FixedClock

NUMBER = "+12025550103"


def a_message(**changes: Any) -> OutboxMessage:
    """Return a code by text message that ends in five minutes."""
    plain = {
        "id": SystemTokens().new_id(),
        "channel": "sms",
        "to": NUMBER,
        "purpose": "code",
        "created_at": START,
        "text": "123456 is your code",
        "expires_at": START + timedelta(minutes=5),
    }
    return OutboxMessage(**(plain | changes))


def a_notice(**changes: Any) -> OutboxMessage:
    """Return a notice by mail."""
    plain = {"channel": "email", "to": "a@example.com", "purpose": "notice", "subject": "Hello", "expires_at": None}
    return a_message(**(plain | changes))


def put(database: Database, *messages: OutboxMessage) -> None:
    """Put messages into the outbox."""
    with database.transaction() as tx:
        for message in messages:
            outbox.add(tx, message)


def found(database: Database, message: OutboxMessage) -> OutboxMessage:
    """Return a message as it lies in the outbox now."""
    with database.transaction() as tx:
        now = outbox.get(tx, message.id)
    assert now is not None
    return now


@dataclass
class Obedient:
    """A carrier at the edge: answers by script, then that all is sent; keeps what it was given."""

    script: list[Outcome | Exception] = field(default_factory=list)
    name: str = "obedient"
    channels: frozenset[str] = frozenset({"sms"})
    drops_duplicates: bool = False
    carried: list[OutboxMessage] = field(default_factory=list)

    def carry(self, message: OutboxMessage) -> Outcome:
        self.carried.append(message)
        outcome = self.script.pop(0) if self.script else Sent()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def check(self) -> str:
        return ""


def courier(database: Database, carrier: Any, clock: FixedClock, *, channel: str = "sms") -> Courier:
    """Return a courier of this channel."""
    return Courier(channel, carrier, database=database, clock=clock, tokens=SystemTokens())
