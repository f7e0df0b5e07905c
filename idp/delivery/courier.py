"""One channel's courier: claims what is due, hands it to the carrier, settles what came of it.

What may have been taken, because only the reply was lost, is handed over again where the gateway drops duplicates, and
otherwise only where losing it would be worse: a notice is sent twice rather than never, a code is asked for again by
the person who waits for it.
"""

import logging
from datetime import datetime, timedelta

from idp.core.clock import Clock
from idp.core.errors import BusyError
from idp.core.tokens import Tokens
from idp.delivery.carrier import Carrier
from idp.delivery.outcome import Later, Outcome, Refused, Sent
from idp.delivery.working import Working
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.delivery import store as outbox
from idp.records.delivery.model import LASTING, LOGOUT, OutboxMessage
from idp.records.delivery.outages import store as outages
from idp.storage.engine import Database
from idp.storage.tx import Tx

CLAIM = timedelta(minutes=2)
"""How long a message is one courier's: longer than any carrier takes to give up."""
MOST = 30
"""Tries at a message that the gateway puts off while it takes others."""
FEW = 3
"""Failures in a row after which a gateway is left alone."""
_BATCH = 20
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=1), timedelta(minutes=15)
_FIRST_REST, _LONGEST_REST = timedelta(seconds=15), timedelta(minutes=5)
_log = logging.getLogger(__name__)


class _SomebodyElseTriesError(Exception):
    """The one try that a gateway gets after its rest is another courier's."""


class Courier(Working[OutboxMessage, Outcome]):
    """Sends what is due on one channel."""

    def __init__(
        self,
        channel: str,
        carrier: Carrier,
        *,
        database: Database,
        clock: Clock,
        tokens: Tokens,
        are_many: bool = False,
    ) -> None:
        """`are_many`: each recipient has a server of its own, and one that fails is left alone by itself."""
        super().__init__(database=database)
        self.channel = channel
        self._are_many = are_many
        self._carrier = carrier
        self._clock = clock
        self._tokens = tokens

    def claim(self) -> OutboxMessage | None:
        """Return a message to hand over now, as nobody else's."""
        now = self._clock.now()
        try:
            with self.database.transaction() as tx:
                message = self._claim(tx, now)
                if message is not None:
                    self._take_the_try(tx, message, now)
                return message
        except _SomebodyElseTriesError:
            return None

    def _claim(self, tx: Tx, now: datetime) -> OutboxMessage | None:
        for message_id, seen in outbox.list_due(tx, self.channel, now=now, limit=_BATCH):
            message = outbox.claim(tx, message_id, seen=seen, now=now, until=now + CLAIM)
            if message is None:
                continue
            if message.text and message.ends_at > now:
                return message
            self._bury(tx, message, "expired" if message.text else "erased", now)
        return None

    def _take_the_try(self, tx: Tx, message: OutboxMessage, now: datetime) -> None:
        way = self._way(message)
        outage = outages.get(tx, way)
        is_over = outage is not None and outage.until is not None
        if is_over and not outages.probe(tx, way, now=now, until=now + CLAIM):
            raise _SomebodyElseTriesError

    def attempt(self, claimed: OutboxMessage) -> Outcome:
        """Hand it over."""
        try:
            return self._carrier.carry(claimed)
        except BusyError:
            return Later(reason="busy", is_outage=False)
        except Exception as error:  # noqa: BLE001 -- a poisonous message must not stop those behind it (FLT-23)
            _log.error("message %s broke its carrier: %s", claimed.id, type(error).__name__)
            return Refused("defect")

    def settle(self, tx: Tx, claimed: OutboxMessage, result: Outcome) -> None:
        """Keep what came of it, and how the gateway is."""
        now = self._clock.now()
        match result:
            case Sent():
                outbox.mark_sent(tx, claimed.id, now)
            case Refused(reason=reason):
                self._bury(tx, claimed, reason, now)
            case Later():
                self._put_off(tx, claimed, result, now)
        if isinstance(result, Later) and result.is_outage:
            self._rest(tx, claimed, result, now)
        else:
            self._works(tx, claimed, now)

    def _put_off(self, tx: Tx, message: OutboxMessage, outcome: Later, now: datetime) -> None:
        may_be_lost = message.purpose not in LASTING
        is_double = outcome.is_unsure and may_be_lost and not self._carrier.drops_duplicates
        if is_double or (not outcome.is_outage and message.attempts >= MOST):
            self._bury(tx, message, outcome.reason, now)
        else:
            wait = max(self._wait(_FIRST_WAIT, _LONGEST_WAIT, message.attempts), outcome.wait or timedelta())
            outbox.put_off(tx, message, until=now + wait, reason=outcome.reason)

    def _bury(self, tx: Tx, message: OutboxMessage, reason: str, now: datetime) -> None:
        if outbox.bury(tx, message, now=now, reason=reason, is_kept=message.purpose in LASTING):
            details = {"message": message.id, "purpose": message.purpose, "reason": reason}
            event = Event(
                name=f"delivery.{self.channel}.failed", at=now, client_id=self._client(message), details=details
            )
            audit.add(tx, event)
            _log.warning("message %s by %s was given up: %s", message.id, self.channel, reason)

    def _rest(self, tx: Tx, message: OutboxMessage, outcome: Later, now: datetime) -> None:
        """Count the failure, and leave the gateway alone when it asks for it or has failed a few times in a row."""
        way = self._way(message)
        before = outages.get(tx, way)
        failures = (before.failures if before else 0) + 1
        after = FEW if outcome.wait is None else 1
        rest = max(self._wait(_FIRST_REST, _LONGEST_REST, 1 + failures - FEW), outcome.wait or timedelta())
        outages.note_failure(tx, way, after=after, until=now + rest)
        _log.warning("the gateway for %s fails: %s", way, outcome.reason)
        if failures >= after and (before is None or before.until is None):
            details, client = {"reason": outcome.reason}, self._client(message)
            event = Event(name=f"delivery.{self.channel}.interrupted", at=now, client_id=client, details=details)
            audit.add(tx, event)

    def _works(self, tx: Tx, message: OutboxMessage, now: datetime) -> None:
        """Forget earlier failures: a gateway that answers about a message works."""
        way = self._way(message)
        before = outages.get(tx, way)
        if before is None:
            return
        outages.note_success(tx, way)
        if before.until is not None:
            audit.add(tx, Event(name=f"delivery.{self.channel}.resumed", at=now, client_id=self._client(message)))

    def _way(self, message: OutboxMessage) -> str:
        """Return what fails as one: the channel, or this recipient of it."""
        return outages.recipient(self.channel, message.to) if self._are_many else self.channel

    def _client(self, message: OutboxMessage) -> str:
        return message.to if self.channel == LOGOUT else ""

    def _wait(self, first: timedelta, longest: timedelta, times: int) -> timedelta:
        """Return a wait that doubles each time, shortened at random by up to a half, so that not all come at once."""
        whole = min(first * 2.0 ** min(max(times - 1, 0), 20), longest)
        return whole * (1 - int(self._tokens.digits(3)) / 2000)
