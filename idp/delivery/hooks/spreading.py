"""From the audit trail to webhooks: each sealed event becomes one message to each webhook that wishes to know.

Seals have no gap, and the place a webhook has reached moves in the transaction that writes its messages: nothing is
missed, nothing comes twice, and no request waits for it.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache

import msgspec

from idp.core.clock import Clock
from idp.records.audit.model import Entry
from idp.records.audit.seals import store as seals
from idp.records.audit.seals.model import Seal
from idp.records.delivery.hooks import store as hooks
from idp.records.delivery.hooks.messages import store as messages
from idp.records.delivery.hooks.model import HookMessage, Webhook
from idp.storage.tx import Tx

_AT_ONCE = 200
OWN = "webhook."
"""How events about webhooks themselves are named. They are told to none: one that fails would tell itself of it."""


class Spreader:
    """Hands events on."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def spread(self, tx: Tx) -> int:
        """Look at what was sealed since; return how many events were, for all webhooks together."""
        return sum(self._for(tx, each) for each in hooks.list_webhooks(tx) if each.disabled_at is None)

    def _for(self, tx: Tx, webhook: Webhook) -> int:
        found = seals.list_seals(tx, after=webhook.seal, limit=_AT_ONCE)
        if not found or not hooks.move_on(tx, webhook, upto=found[-1][0].number):
            return 0
        now = self._clock.now()
        wanted = [(seal, entry) for seal, entry in found if entry and wishes(webhook.events, entry.event.name)]
        messages.add_all(tx, [_message(webhook, seal, entry, now) for seal, entry in wanted])
        return len(found)


def wishes(patterns: Iterable[str], name: str) -> bool:
    """Tell whether an event of this name is told to whoever asked for these."""
    if name.startswith(OWN):
        return False
    known = tuple(patterns)
    return not known or any(_expression(pattern).fullmatch(name) for pattern in known)


def body_of(name: str, at: datetime, data: dict[str, object]) -> str:
    """Return what is told (Standard Webhooks, Payload structure)."""
    return msgspec.json.encode({"type": name, "timestamp": at, "data": data}).decode()


def _message(webhook: Webhook, seal: Seal, entry: Entry, now: datetime) -> HookMessage:
    event = entry.event
    data: dict[str, object] = {
        "seal": seal.number,
        "person": event.user_id,
        "client": event.client_id,
        "session": event.session_id,
        "interaction": event.interaction_id,
        "decision": event.decision_id,
        "address": event.address,
        "details": dict(event.details),
    }
    # The id follows from the event, so that whoever is first and whoever comes late mean the same message.
    return HookMessage(
        id=f"{webhook.id}.{seal.number}",
        webhook_id=webhook.id,
        name=event.name,
        body=body_of(event.name, event.at, data),
        created_at=now,
    )


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)
