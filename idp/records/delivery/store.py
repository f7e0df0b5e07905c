"""The outbox: what is to be sent, written with what causes it. Texts may carry codes, so they are sealed."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, bindparam, insert, select

from idp.records.delivery.model import OutboxMessage
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_outbox = Table(
    "outbox",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("to", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("sent_at", Utc),
    Column("attempts", Integer, nullable=False),
    Index(None, "created_at"),
)

_ADD = insert(_outbox)
_LIST = select(_outbox).order_by(_outbox.c.created_at.desc(), _outbox.c.id).limit(bindparam("limit"))


def add(tx: Tx, message: OutboxMessage) -> None:
    """Put a message into the outbox."""
    sealed = tx.keys.seal(message.text.encode(), context=_context(message.id))
    tx.change(_ADD, values_of(message) | {"text_sealed": sealed})


def list_messages(tx: Tx, *, limit: int) -> tuple[OutboxMessage, ...]:
    """Return messages, newest first."""
    return tuple(_opened(tx, row) for row in tx.all(_LIST, {"limit": limit}))


def _context(message_id: str) -> str:
    return f"outbox:{message_id}"


def _opened(tx: Tx, row: Mapping[str, Any]) -> OutboxMessage:
    values = dict(row)
    text = tx.keys.open(values.pop("text_sealed"), context=_context(values["id"])).decode()
    return OutboxMessage(**values, text=text)
