"""Text messages and calls by a webhook of the operator's own: signed JSON over HTTPS.

The signature is that of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, so that a receiver in any language has
a library for it. `webhook-id` (and `Idempotency-Key`) is the message's id and the same at each try: the receiver takes
a message once. Only the configured address is ever spoken to; a redirect is an error.
"""

import base64
import hashlib
import hmac

import msgspec
import requests

from idp.core.clock import Clock
from idp.core.secrets import Secret
from idp.delivery.addresses import WebhookAddress
from idp.delivery.http import TIMEOUTS, answered, as_nobody, lost, post
from idp.delivery.outcome import Later, Outcome
from idp.records.delivery.model import OutboxMessage

_PREFIX = "whsec_"


class Webhook:
    """A receiver of signed JSON."""

    name = "webhook"
    drops_duplicates = True

    def __init__(self, address: WebhookAddress, *, clock: Clock, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        self.channels = address.channels
        self._url = address.url
        self._key = _key(address.secret)
        self._clock = clock
        self._timeouts = timeouts

    def carry(self, message: OutboxMessage) -> Outcome:
        """Post one message."""
        body = msgspec.json.encode(
            {
                "id": message.id,
                "channel": message.channel,
                "to": message.to,
                "text": message.text,
                "purpose": message.purpose,
                "language": message.language,
                "expires_at": message.ends_at,
            }
        )
        timestamp = str(int(self._clock.now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(self._key, message.id, timestamp, body),
            "Idempotency-Key": message.id,
        }
        answer = post(self._url, body, headers, timeouts=self._timeouts)
        return answer if isinstance(answer, Later) else answered(*answer, self._clock.now())

    def check(self) -> str:
        """Open the way, as far as TLS."""
        try:
            requests.head(self._url, timeout=self._timeouts, allow_redirects=False, auth=as_nobody).close()
        except requests.RequestException as error:
            return f"the webhook cannot be reached ({lost(error).reason})"
        return ""


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the signature of one message (Standard Webhooks, Signature scheme)."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def _key(secret: Secret) -> bytes:
    if secret.value.startswith(_PREFIX):
        return base64.b64decode(secret.value.removeprefix(_PREFIX))
    return secret.value.encode()
