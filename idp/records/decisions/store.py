"""The table of decision records: written, read, never changed."""

from sqlalchemy import Column, Index, Integer, Table, Text, bindparam, insert, select

from idp.records.decisions.model import DecisionRecord
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_TEXTS = Json(tuple[str, ...])
_decisions = Table(
    "decisions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("bundle_version", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("interaction_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("required", _TEXTS, nullable=False),
    Column("achieved", Text, nullable=False),
    Column("because", _TEXTS, nullable=False),
    Column("reasons", _TEXTS, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("latency_us", Integer, nullable=False),
    Index(None, "at"),
    Index(None, "user_id", "at"),
)

_ADD = insert(_decisions)
_GET = select(_decisions).where(_decisions.c.id == bindparam("id"))
_LIST = select(_decisions).order_by(_decisions.c.at.desc(), _decisions.c.id).limit(bindparam("limit"))
_LIST_OF = _LIST.where(_decisions.c.user_id == bindparam("user_id"))


def add(tx: Tx, record: DecisionRecord) -> None:
    """Add a record."""
    tx.change(_ADD, values_of(record))


def get(tx: Tx, decision_id: str) -> DecisionRecord | None:
    """Return the record."""
    row = tx.one(_GET, {"id": decision_id})
    return None if row is None else DecisionRecord(**row)


def list_decisions(tx: Tx, *, limit: int, user_id: str | None = None) -> tuple[DecisionRecord, ...]:
    """Return records, newest first, of everybody or of one person."""
    statement = _LIST if user_id is None else _LIST_OF
    return tuple(DecisionRecord(**row) for row in tx.all(statement, {"limit": limit, "user_id": user_id}))
