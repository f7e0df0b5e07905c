"""Web push: one message to one browser, through the push service that the browser has chosen (RFC 8030).

The service learns who we are (VAPID, RFC 8292) and how urgent it is, and carries the rest encrypted (RFC 8291). A
browser that is not there any more (404, 410) is forgotten. Endpoints are many and others' choice, so one that fails
says nothing of the way to the next: a failure is this message's alone, never an outage.
"""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import msgspec

from idp.core.clock import Clock
from idp.delivery.encryption import encrypted
from idp.delivery.http import PUT_OFF, TIMEOUTS, answered, post
from idp.delivery.outcome import Later, Outcome, Refused
from idp.delivery.push_services import PushServices
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.delivery.model import OutboxMessage
from idp.records.keys.push.service import PushKeys
from idp.records.users.push import store as subscriptions
from idp.records.users.push.model import Subscription, decoded
from idp.storage.engine import Database

CHANNEL = "push"
_VOUCHED = timedelta(hours=1)
"""RFC 8292 §2 allows a day."""
_GONE = frozenset({404, 410})


class Push:
    """Every push service that is served."""

    name = CHANNEL
    channels = frozenset({CHANNEL})
    drops_duplicates = True
    """The service worker shows one notification, and the next in its place."""

    def __init__(
        self,
        services: PushServices,
        *,
        issuer: str,
        database: Database,
        clock: Clock,
        timeouts: tuple[float, float] = TIMEOUTS,
    ) -> None:
        self._services = services
        self._issuer = issuer
        self._database = database
        self._clock = clock
        self._keys = PushKeys(clock=clock)
        self._timeouts = timeouts

    def carry(self, message: OutboxMessage) -> Outcome:
        """Tell one browser, if it still wishes to be told."""
        now = self._clock.now()
        with self._database.transaction() as tx:
            found = subscriptions.get(tx, message.to)
            if found is None or not self._services.serve(found.keys.endpoint):
                return Refused("unsubscribed")
            parts = urlsplit(found.keys.endpoint)
            vouched: dict[str, str | int] = {
                "aud": f"{parts.scheme}://{parts.netloc}",
                "exp": int((now + _VOUCHED).timestamp()),
                "sub": self._issuer,
            }
            authorization = self._keys.authorization(tx, vouched)
        if not authorization:
            return Refused("no_key")
        headers = {
            "Authorization": authorization,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int((message.ends_at - now).total_seconds()))),
            "Urgency": "high",
        }
        answer = post(found.keys.endpoint, _body(message, found), headers, timeouts=self._timeouts)
        if isinstance(answer, Later):
            return replace(answer, is_outage=False)
        return self._outcome(found, *answer)

    def check(self) -> str:
        """There is no one way to check: each browser has its own."""
        return ""

    def _outcome(self, found: Subscription, status: int, retry_after: str) -> Outcome:
        now = self._clock.now()
        if status in _GONE:
            self._forget(found)
            return Refused("gone")
        outcome = answered(status, retry_after, now)
        if not isinstance(outcome, Later):
            return outcome
        if status < 500 and status not in PUT_OFF:
            return Refused(outcome.reason)  # it does not know us, or leads elsewhere, and will a minute later too
        return replace(outcome, is_outage=False)

    def _forget(self, found: Subscription) -> None:
        with self._database.transaction() as tx:
            if subscriptions.remove(tx, found.id):
                event = Event(name="push.subscription.gone", at=self._clock.now(), user_id=found.user_id)
                audit.add(tx, event)


def _body(message: OutboxMessage, found: Subscription) -> bytes:
    text = msgspec.json.encode({"title": message.subject, "body": message.text, "language": message.language})
    return encrypted(text, p256dh=decoded(found.keys.p256dh), auth=decoded(found.keys.auth))
