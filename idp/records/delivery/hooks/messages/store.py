"""The table of what is on its way to webhooks. It is claimed as messages to people are: by one.

What waits for a webhook that is disabled or left alone waits on.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, and_, bindparam, or_, select, update

from idp.records.delivery.hooks.model import HookMessage
from idp.records.delivery.hooks.store import hooks
from idp.records.delivery.model import State
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_messages = Table(
    "webhook_messages",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("webhook_id", Text, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Utc),
    Column("sent_at", Utc),
    Column("dead_at", Utc),
    Column("reason", Text, nullable=False),
    Index(None, "due_at"),
    Index(None, "webhook_id", "created_at"),
    Index(None, "created_at"),
)
_NOW, _HOOK = bindparam("now", type_=Utc()), bindparam("hook_id", type_=Text())
_MESSAGE, _WHY = bindparam("message_id", type_=Text()), bindparam("why", type_=Text())
_WAITS = and_(_messages.c.sent_at.is_(None), _messages.c.dead_at.is_(None))
_IS_DUE = or_(_messages.c.due_at.is_(None), _messages.c.due_at <= _NOW)
_SEEN = and_(_messages.c.id == _MESSAGE, _messages.c.attempts == bindparam("seen", type_=Integer()), _WAITS)

_ADD = upsert(_messages).on_conflict_do_nothing()
_GET = select(_messages).where(_messages.c.id == _MESSAGE)
_LIST = (
    select(_messages)
    .where(_messages.c.webhook_id == _HOOK)
    .order_by(_messages.c.created_at.desc(), _messages.c.id)
    .limit(bindparam("limit"))
)
_OF_STATE = {
    State.WAITING: _LIST.where(_WAITS),
    State.SENT: _LIST.where(_messages.c.sent_at.is_not(None)),
    State.DEAD: _LIST.where(_messages.c.dead_at.is_not(None)),
}
_DUE = (
    select(_messages.c.id, _messages.c.attempts)
    .join(hooks, hooks.c.id == _messages.c.webhook_id)
    .where(
        _WAITS,
        _IS_DUE,
        hooks.c.disabled_at.is_(None),
        or_(hooks.c.rests_until.is_(None), hooks.c.rests_until <= _NOW),
    )
    .order_by(_messages.c.created_at, _messages.c.id)
    .limit(bindparam("limit"))
)
_CLAIM = (
    update(_messages)
    .where(_SEEN, _IS_DUE)
    .values(attempts=_messages.c.attempts + 1, due_at=bindparam("until", type_=Utc()))
    .returning(*_messages.c)
)
_SENT = update(_messages).where(_messages.c.id == _MESSAGE).values(sent_at=_NOW, dead_at=None, due_at=None, reason="")
_PUT_OFF = update(_messages).where(_SEEN).values(due_at=bindparam("until", type_=Utc()), reason=_WHY)
_BURY = update(_messages).where(_SEEN).values(dead_at=_NOW, due_at=None, reason=_WHY)
_REVIVE = (
    update(_messages)
    .where(_messages.c.id == _MESSAGE, _messages.c.webhook_id == _HOOK, _messages.c.dead_at.is_not(None))
    .values(dead_at=None, due_at=None, attempts=0)
)
_PURGE = oldest(_messages.c.created_at, ~_WAITS)


def add_all(tx: Tx, messages: Sequence[HookMessage]) -> None:
    """Put messages on their way; one that is on its way already stays as it is."""
    if messages:
        tx.change(_ADD, [values_of(message) for message in messages])


def get(tx: Tx, message_id: str) -> HookMessage | None:
    """Return the message."""
    row = tx.one(_GET, {"message_id": message_id})
    return None if row is None else HookMessage(**row)


def list_messages(tx: Tx, webhook_id: str, *, limit: int, state: State | None = None) -> tuple[HookMessage, ...]:
    """Return what is or was on its way to a webhook, newest first."""
    statement = _LIST if state is None else _OF_STATE[state]
    return tuple(HookMessage(**row) for row in tx.all(statement, {"hook_id": webhook_id, "limit": limit}))


def list_due(tx: Tx, *, now: datetime, limit: int) -> tuple[tuple[str, int], ...]:
    """Return messages that are due, each with the number of tries seen; see `claim`."""
    return tuple((row["id"], row["attempts"]) for row in tx.all(_DUE, {"now": now, "limit": limit}))


def claim(tx: Tx, message_id: str, *, seen: int, now: datetime, until: datetime) -> HookMessage | None:
    """Take a message to send it before `until`: for one caller alone."""
    row = tx.change_one(_CLAIM, {"message_id": message_id, "seen": seen, "now": now, "until": until})
    return None if row is None else HookMessage(**row)


def mark_sent(tx: Tx, message_id: str, now: datetime) -> None:
    """Note that it was taken; the fact stands whoever has claimed it since."""
    tx.change(_SENT, {"message_id": message_id, "now": now})


def put_off(tx: Tx, message: HookMessage, *, until: datetime, reason: str) -> bool:
    """Let it be tried again later; false when somebody else has claimed it since."""
    wanted = {"message_id": message.id, "seen": message.attempts, "until": until, "why": reason}
    return tx.change(_PUT_OFF, wanted) == 1


def bury(tx: Tx, message: HookMessage, *, now: datetime, reason: str) -> bool:
    """Give it up; false as in `put_off`."""
    wanted = {"message_id": message.id, "seen": message.attempts, "now": now, "why": reason}
    return tx.change(_BURY, wanted) == 1


def revive(tx: Tx, webhook_id: str, message_id: str) -> bool:
    """Let a message that was given up be tried again; false where there is none."""
    return tx.change(_REVIVE, {"hook_id": webhook_id, "message_id": message_id}) == 1


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` messages made before a moment that wait for nothing, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
