"""What makes something may be sent twice: under one `Idempotency-Key` it is done once and answered alike.

The key is claimed by one conditional write in the transaction of the call itself, so that of two at once the second
waits for the first, and a call that failed leaves no trace. The answer is kept for a day, sealed.
"""

from datetime import timedelta

import msgspec

from idp.admin.api.answers import Told
from idp.admin.api.calls import RefusedError
from idp.core.clock import Clock
from idp.core.tokens import digest
from idp.records.clients.repeats import store as repeats
from idp.storage.tx import Tx

KEPT = timedelta(hours=24)
_LONGEST = 255


class Repeating:
    """Keeps answers."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def begin(self, tx: Tx, caller: str, key: str, fingerprint: str) -> Told | None:
        """Return the answer that was given before; None: go on. Raises RefusedError for another call's key."""
        if len(key) > _LONGEST:
            raise RefusedError(400, "malformed", "The Idempotency-Key is too long")
        repeat_id, now = _id(caller, key), self._clock.now()
        repeats.forget(tx, repeat_id, before=now - KEPT)
        if repeats.begin(tx, repeat_id, fingerprint=fingerprint, at=now):
            return None
        known = repeats.get(tx, repeat_id)
        if known is None or known.fingerprint != fingerprint:
            raise RefusedError(422, "key_reused", "This Idempotency-Key was sent with another call")
        return msgspec.msgpack.decode(known.answer, type=Told)

    def end(self, tx: Tx, caller: str, key: str, told: Told) -> None:
        """Keep an answer."""
        repeats.end(tx, _id(caller, key), msgspec.msgpack.encode(told))


def _id(caller: str, key: str) -> str:
    return digest(f"{len(caller)}:{caller}:{key}")
