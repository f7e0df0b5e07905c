"""Tells webhooks what is on its way to them: claims a message, posts it signed, settles what came of it.

Only 2xx is a yes; whatever else is tried again, ever later, under the same id, so that a receiver takes an event once;
after some three days it is given up, and can be tried again by hand. A webhook that fails is left alone for a while, so
that others need not wait for it.
"""

import base64
import logging
from datetime import timedelta

from idp.core.clock import Clock
from idp.core.tokens import Tokens
from idp.delivery import outside
from idp.delivery.http import TIMEOUTS, wait_of
from idp.delivery.outcome import Later, Refused
from idp.delivery.webhook import signature
from idp.delivery.working import Working
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.delivery.hooks import store as hooks
from idp.records.delivery.hooks.messages import store as messages
from idp.records.delivery.hooks.model import HookMessage, Webhook
from idp.storage.engine import Database
from idp.storage.tx import Tx

CLAIM = timedelta(minutes=2)
"""How long a message is one teller's: longer than a try may take."""
WAITS = tuple(timedelta(seconds=each) for each in (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 72_000, 86_400))
"""Between tries, each shortened at random by up to a tenth; behind the last a message is given up."""
PREFIX = "whsec_"
"""How a secret begins (Standard Webhooks)."""
_BATCH = 20
_LONGEST_REST = timedelta(minutes=5)
Claimed = tuple[Webhook, HookMessage]
Result = tuple[str, timedelta | None]
_log = logging.getLogger(__name__)


class Teller(Working[Claimed, Result]):
    """Tells webhooks."""

    channel = "webhooks"

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        tokens: Tokens,
        may_be_here: bool = False,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> None:
        super().__init__(database=database)
        self._clock = clock
        self._tokens = tokens
        self._may_be_here = may_be_here
        self._timeouts = timeouts

    def claim(self) -> Claimed | None:
        """Return a message to tell now, as nobody else's, and to whom."""
        now = self._clock.now()
        with self.database.transaction() as tx:
            for message_id, seen in messages.list_due(tx, now=now, limit=_BATCH):
                message = messages.claim(tx, message_id, seen=seen, now=now, until=now + CLAIM)
                webhook = hooks.get(tx, message.webhook_id) if message is not None else None
                if message is not None and webhook is not None:
                    return webhook, message
        return None

    def attempt(self, claimed: Claimed) -> Result:
        """Tell it; return why it was not taken, or nothing, and how long the receiver wishes to be left alone."""
        webhook, message = claimed
        now = self._clock.now()
        timestamp, body = str(int(now.timestamp())), message.body.encode()
        secrets = [webhook.secret]
        if webhook.old_secret and webhook.old_ends_at is not None and webhook.old_ends_at > now:
            secrets.append(webhook.old_secret)
        if not webhook.secret:
            return "no_key", None
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "stepup-idp",
            "webhook-id": message.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": " ".join(signature(key_of(each), message.id, timestamp, body) for each in secrets),
        }
        answer = outside.post(webhook.url, body, headers, timeouts=self._timeouts, may_be_here=self._may_be_here)
        match answer:
            case Later() | Refused():
                return answer.reason, None
            case status, _ if 200 <= status < 300:
                return "", None
            case status, retry_after:
                return f"http_{status}", wait_of(retry_after, now) if retry_after else None

    def settle(self, tx: Tx, claimed: Claimed, result: Result) -> None:
        """Keep what came of it, and how the webhook is."""
        _, message = claimed
        reason, wait = result
        now = self._clock.now()
        if not reason:
            messages.mark_sent(tx, message.id, now)
            hooks.note_works(tx, message.webhook_id)
            return
        _log.warning("webhook %s did not take message %s: %s", message.webhook_id, message.id, reason)
        pause = max(self._pause(message.attempts), wait or timedelta())
        if message.attempts <= len(WAITS):
            messages.put_off(tx, message, until=now + pause, reason=reason)
        elif messages.bury(tx, message, now=now, reason=reason):
            details = {"webhook": message.webhook_id, "message": message.id, "reason": reason}
            audit.add(tx, Event(name="webhook.given_up", at=now, details=details))
        hooks.rest(tx, message.webhook_id, until=now + min(pause, _LONGEST_REST))

    def _pause(self, attempts: int) -> timedelta:
        whole = WAITS[min(attempts, len(WAITS)) - 1]
        return whole * (1 - int(self._tokens.digits(3)) / 10_000)


def key_of(secret: str) -> bytes:
    """Return the key that a secret is."""
    return base64.b64decode(secret.removeprefix(PREFIX))
