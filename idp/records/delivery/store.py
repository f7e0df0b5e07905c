"""The outbox: what is to be sent, written with what causes it. Texts may carry codes, so they are sealed.

Whoever is to send a message claims it by one conditional UPDATE that moves the moment at which it is due: however many
try at once, one has it, and when that one dies it is due again. Texts are erased when they are of no more use.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    Index,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    case,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from idp.core.secrets import UnsealError
from idp.records.delivery.model import OutboxMessage, Queue, State
from idp.records.delivery.outages import store as outages
from idp.storage.columns import Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_ERASED = b""
_IS_WAITING = text("sent_at IS NULL AND dead_at IS NULL")


def _context(message_id: str) -> str:
    return f"outbox:{message_id}"


_outbox = Table(
    "outbox",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text_sealed", Sealed(_context, lasts=False), nullable=False),
    Column("sent_at", Utc),
    Column("attempts", Integer, nullable=False),
    Column("language", Text, nullable=False),
    Column("expires_at", Utc),
    Column("due_at", Utc),
    Column("dead_at", Utc),
    Column("reason", Text, nullable=False),
    Index(None, "created_at"),
)
Index("ix_outbox_waiting", _outbox.c.due_at, sqlite_where=_IS_WAITING, postgresql_where=_IS_WAITING)

_NOW, _ID = bindparam("now", type_=Utc()), bindparam("message_id", type_=Text())
_ATTEMPTS, _REASON = bindparam("seen", type_=Integer()), bindparam("why", type_=Text())
_WAITS = and_(_outbox.c.sent_at.is_(None), _outbox.c.dead_at.is_(None))
_IS_DUE = and_(_WAITS, or_(_outbox.c.due_at.is_(None), _outbox.c.due_at <= _NOW))
_IS_OURS = and_(_WAITS, _outbox.c.id == _ID, _outbox.c.attempts == _ATTEMPTS)

_ADD = insert(_outbox)
_ADD_ONCE = upsert(_outbox).on_conflict_do_nothing()
_GET = select(_outbox).where(_outbox.c.id == _ID)
_LIST = select(_outbox).order_by(_outbox.c.created_at.desc(), _outbox.c.id).limit(bindparam("limit"))
_IN_STATE = {
    State.WAITING: _LIST.where(_WAITS),
    State.SENT: _LIST.where(_outbox.c.sent_at.is_not(None)),
    State.DEAD: _LIST.where(_outbox.c.dead_at.is_not(None)),
}
_DUE = (
    select(_outbox.c.id, _outbox.c.attempts)
    .where(_IS_DUE, _outbox.c.channel == bindparam("channel"), ~outages.rests(_outbox.c.channel, _outbox.c.to))
    # Those that end first go first: a code is waited for, a notice is not.
    .order_by(_outbox.c.expires_at.is_(None), _outbox.c.expires_at, _outbox.c.created_at, _outbox.c.id)
    .limit(bindparam("limit"))
)
_WAITING = select(func.count().label("total"), func.min(_outbox.c.created_at).label("oldest")).where(_WAITS)
_QUEUES = (
    select(_outbox.c.channel, func.count().label("waiting"), func.min(_outbox.c.created_at).label("oldest_at"))
    .where(_WAITS)
    .group_by(_outbox.c.channel)
)
_CLAIM = (
    update(_outbox)
    .where(_IS_DUE, _outbox.c.id == _ID, _outbox.c.attempts == _ATTEMPTS)
    .values(attempts=_outbox.c.attempts + 1, due_at=bindparam("until", type_=Utc()))
    .returning(*_outbox.c)
)
_SENT = (
    update(_outbox)
    .where(_outbox.c.id == _ID, _outbox.c.sent_at.is_(None))
    .values(sent_at=_NOW, dead_at=None, due_at=None, text_sealed=_ERASED, reason="")
)
_PUT_OFF = update(_outbox).where(_IS_OURS).values(due_at=bindparam("until", type_=Utc()), reason=_REASON)
_BURY = (
    update(_outbox)
    .where(_IS_OURS)
    .values(
        dead_at=_NOW,
        due_at=None,
        reason=_REASON,
        text_sealed=case((bindparam("is_kept", type_=Integer()) == 1, _outbox.c.text_sealed), else_=_ERASED),
    )
)
_REVIVE = (
    update(_outbox)
    .where(_outbox.c.id == _ID, _outbox.c.dead_at.is_not(None), _outbox.c.text_sealed != _ERASED)
    .values(dead_at=None, due_at=None, expires_at=bindparam("until", type_=Utc()), attempts=0)
)
_LET_GO = (
    update(_outbox)
    .where(_outbox.c.id == _ID, _outbox.c.dead_at.is_not(None), _outbox.c.text_sealed != _ERASED)
    .values(text_sealed=_ERASED)
)
_PURGE = oldest(_outbox.c.created_at)


def add(tx: Tx, message: OutboxMessage) -> None:
    """Put a message into the outbox."""
    tx.change(_ADD, _sealed(tx, message))


def add_once(tx: Tx, messages: Sequence[OutboxMessage]) -> None:
    """Put messages into the outbox; one of the same id that is there, or was sent, stays as it is."""
    if messages:
        tx.change(_ADD_ONCE, [_sealed(tx, message) for message in messages])


def get(tx: Tx, message_id: str) -> OutboxMessage | None:
    """Return the message."""
    row = tx.one(_GET, {"message_id": message_id})
    return None if row is None else _opened(tx, row)


def list_messages(tx: Tx, *, limit: int, state: State | None = None) -> tuple[OutboxMessage, ...]:
    """Return messages, newest first; of one state alone if asked."""
    statement = _LIST if state is None else _IN_STATE[state]
    return tuple(_opened(tx, row) for row in tx.all(statement, {"limit": limit}))


def list_due(tx: Tx, channel: str, *, now: datetime, limit: int) -> tuple[tuple[str, int], ...]:
    """Return the messages that are due on a channel, each with the number of attempts seen; see `claim`.

    None of a channel, and none to a recipient, that is left alone.
    """
    rows = tx.all(_DUE, {"channel": channel, "now": now, "limit": limit})
    return tuple((row["id"], row["attempts"]) for row in rows)


def count_waiting(tx: Tx) -> int:
    """Return how many messages wait to be sent."""
    row = tx.one(_WAITING)
    return int(row["total"]) if row else 0


def oldest_waiting(tx: Tx) -> datetime | None:
    """Return when the oldest message that waits was written."""
    row = tx.one(_WAITING)
    return row["oldest"] if row else None


def queues(tx: Tx) -> Mapping[str, Queue]:
    """Return what waits, by channel; a channel on which nothing waits is not named."""
    rows = tx.all(_QUEUES)
    return {row["channel"]: Queue(waiting=int(row["waiting"]), oldest_at=row["oldest_at"]) for row in rows}


def claim(tx: Tx, message_id: str, *, seen: int, now: datetime, until: datetime) -> OutboxMessage | None:
    """Take a message to send it before `until`: for one caller alone, None for all others.

    A text that no key opens comes back empty, as an erased one does.
    """
    row = tx.change_one(_CLAIM, {"message_id": message_id, "seen": seen, "now": now, "until": until})
    return None if row is None else _opened(tx, row)


def mark_sent(tx: Tx, message_id: str, now: datetime) -> None:
    """Note that the carrier has taken it, and erase its text; the fact stands whoever has claimed it since."""
    tx.change(_SENT, {"message_id": message_id, "now": now})


def put_off(tx: Tx, message: OutboxMessage, *, until: datetime, reason: str) -> bool:
    """Let it be tried again later; false when somebody else has claimed it since."""
    parameters = {"message_id": message.id, "seen": message.attempts, "until": until, "why": reason}
    return tx.change(_PUT_OFF, parameters) == 1


def bury(tx: Tx, message: OutboxMessage, *, now: datetime, reason: str, is_kept: bool) -> bool:
    """Give it up; unless it `is_kept`, so that it can be revived, its text is erased."""
    parameters = {
        "message_id": message.id,
        "seen": message.attempts,
        "now": now,
        "why": reason,
        "is_kept": int(is_kept),
    }
    return tx.change(_BURY, parameters) == 1


def revive(tx: Tx, message_id: str, *, until: datetime) -> bool:
    """Let a message that was given up be tried again until then; false where there is none, or its text is erased."""
    return tx.change(_REVIVE, {"message_id": message_id, "until": until}) == 1


def let_go(tx: Tx, message_id: str) -> bool:
    """Erase the text of a message that was given up, so that nobody revives it; false where there is nothing to erase.

    That it was given up, and why, stays to be read.
    """
    return tx.change(_LET_GO, {"message_id": message_id}) == 1


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` messages written before a moment, sent or not, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})


def _sealed(tx: Tx, message: OutboxMessage) -> dict[str, Any]:
    return values_of(message) | {"text_sealed": tx.keys.seal(message.text.encode(), context=_context(message.id))}


def _opened(tx: Tx, row: Mapping[str, Any]) -> OutboxMessage:
    values = dict(row)
    sealed = values.pop("text_sealed")
    message = OutboxMessage(**values)
    if sealed == _ERASED:
        return message
    try:
        return replace(message, text=tx.keys.open(sealed, context=_context(message.id)).decode())
    except UnsealError:  # one lost key must hide neither this row's fate nor the other rows
        return message
