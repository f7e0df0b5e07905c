"""The table of audit events, in the order in which they were written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
)

from idp.records.audit.model import DayCount, Entry, Event
from idp.storage.columns import DayOf, Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.searching import containing
from idp.storage.tx import Tx

events = Table(
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
"""Its seals are kept beside it (`seals/store.py`)."""

_FIELDS = tuple(column for column in events.c if column.name != "id")
_NAME, _USER = bindparam("name", type_=Text()), bindparam("user_id", type_=Text())
_ADD = insert(events).values({column.name: bindparam(column.name) for column in _FIELDS}).inline()
_LIST = (
    select(*_FIELDS)
    .where(or_(_NAME.is_(None), events.c.name == _NAME), or_(_USER.is_(None), events.c.user_id == _USER))
    .order_by(events.c.id.desc())
    .limit(bindparam("limit"))
)
_BEFORE, _PATTERN = bindparam("before", type_=BigInteger()), bindparam("pattern", type_=Text())
_CLIENT = bindparam("client_id", type_=Text())
_PAGE = (
    select(events)
    .where(
        events.c.id < _BEFORE,
        events.c.name.like(_PATTERN, escape="\\"),
        or_(_USER.is_(None), events.c.user_id == _USER),
        or_(_CLIENT.is_(None), events.c.client_id == _CLIENT),
    )
    .order_by(events.c.id.desc())
    .limit(bindparam("limit"))
)
_NEWEST = 2**62
_DAY = DayOf(events.c.at)
_COUNTED = ("login", "challenge", "enrol", "consent", "session", "factor")
"""What the names of events that are counted a day begin with."""
_PER_DAY = (
    select(events.c.name, _DAY.label("day"), func.count().label("count"))
    .where(
        and_(
            events.c.at >= bindparam("since", type_=Utc()),
            or_(*(events.c.name.like(f"{each}.%") for each in _COUNTED)),
        )
    )
    .group_by(events.c.name, _DAY)
)
_NEWEST_MOMENT = select(events.c.at).order_by(events.c.at.desc()).limit(1)


def add(tx: Tx, event: Event) -> None:
    """Add an event, in the transaction of what it describes."""
    tx.change(_ADD, values_of(event))


def add_all(tx: Tx, events: Sequence[Event]) -> None:
    """Add events, in the transaction of what they describe."""
    tx.change(_ADD, [values_of(event) for event in events])


def list_events(tx: Tx, *, limit: int, name: str | None = None, user_id: str | None = None) -> tuple[Event, ...]:
    """Return events, newest first: all, those of one name, or those about one person."""
    return tuple(Event(**row) for row in tx.all(_LIST, {"limit": limit, "name": name, "user_id": user_id}))


def list_page(
    tx: Tx,
    *,
    limit: int,
    before: int | None = None,
    name: str = "",
    user_id: str | None = None,
    client_id: str | None = None,
) -> tuple[Entry, ...]:
    """Return one page of the trail, newest first, behind the event `before`: names that contain `name`."""
    rows = tx.all(
        _PAGE,
        {
            "limit": limit,
            "before": _NEWEST if before is None else before,
            "pattern": containing(name),
            "user_id": user_id,
            "client_id": client_id,
        },
    )
    return tuple(_entry(dict(row)) for row in rows)


def count_by_day(tx: Tx, since: datetime) -> tuple[DayCount, ...]:
    """Return how often people signed in, were challenged, set up or removed a factor, for each day since then."""
    return tuple(DayCount(**row) for row in tx.all(_PER_DAY, {"since": since}))


def _entry(row: dict[str, Any]) -> Entry:
    return Entry(id=row.pop("id"), event=Event(**row))


def newest_moment(tx: Tx) -> datetime | None:
    """Return the latest moment at which anything happened."""
    row = tx.one(_NEWEST_MOMENT)
    return None if row is None else row["at"]
