"""The table of audit events, in the order in which they were written."""

from sqlalchemy import BigInteger, Column, Identity, Index, Integer, Table, Text, bindparam, insert, or_, select

from idp.records.audit.model import Event
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_events = Table(
    "audit_events",
    METADATA,
    Column("id", BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True),
    Column("name", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("interaction_id", Text, nullable=False),
    Column("decision_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("details", Json(dict[str, str | int | bool]), nullable=False),
    Index(None, "at"),
    Index(None, "user_id", "id"),
    Index(None, "name", "id"),
)

_FIELDS = tuple(column for column in _events.c if column.name != "id")
_NAME, _USER = bindparam("name", type_=Text()), bindparam("user_id", type_=Text())
_ADD = insert(_events).values({column.name: bindparam(column.name) for column in _FIELDS}).inline()
_LIST = (
    select(*_FIELDS)
    .where(or_(_NAME.is_(None), _events.c.name == _NAME), or_(_USER.is_(None), _events.c.user_id == _USER))
    .order_by(_events.c.id.desc())
    .limit(bindparam("limit"))
)


def add(tx: Tx, event: Event) -> None:
    """Add an event, in the transaction of what it describes."""
    tx.change(_ADD, values_of(event))


def list_events(tx: Tx, *, limit: int, name: str | None = None, user_id: str | None = None) -> tuple[Event, ...]:
    """Return events, newest first: all, those of one name, or those about one person."""
    return tuple(Event(**row) for row in tx.all(_LIST, {"limit": limit, "name": name, "user_id": user_id}))
