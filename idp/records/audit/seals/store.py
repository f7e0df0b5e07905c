"""The table of seals. Numbers are given without a gap by whoever adds next; of two who try at once, one is refused."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Column, Index, Table, Text, bindparam, func, insert, select, update

from idp.records.audit.model import Entry, Event
from idp.records.audit.seals.model import Seal
from idp.records.audit.store import events
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Row, Tx

_seals = Table(
    "audit_seals",
    METADATA,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("event_id", BigInteger, nullable=False),
    Column("link", Text, nullable=False),
    Column("mac", Text, nullable=False),
    Index(None, "event_id", unique=True),
)

_LAST = select(_seals).order_by(_seals.c.number.desc()).limit(1)
_ADD = insert(_seals)
_HAS_NONE = ~select(_seals.c.number).where(_seals.c.event_id == events.c.id).exists()
_UNSEALED = (
    select(events).where(events.c.id > bindparam("after"), _HAS_NONE).order_by(events.c.id).limit(bindparam("limit"))
)
_COUNT = select(func.count().label("total")).select_from(events).where(_HAS_NONE)
_COUNT_BEHIND = select(func.count().label("total")).select_from(events).where(events.c.id > bindparam("after"))
_EVENT_COLUMNS = tuple((f"event:{column.name}", column.name) for column in events.c)
_PAGE = (
    select(_seals, *(events.c[name].label(label) for label, name in _EVENT_COLUMNS))
    .join_from(_seals, events, _seals.c.event_id == events.c.id, isouter=True)
    .where(_seals.c.number > bindparam("after"))
    .order_by(_seals.c.number)
    .limit(bindparam("limit"))
)

_MACS = select(_seals).where(_seals.c.number > bindparam("after")).order_by(_seals.c.number).limit(bindparam("limit"))
_RENEW = (
    update(_seals)
    .where(_seals.c.number == bindparam("of_number"), _seals.c.mac == bindparam("before"))
    .values(mac=bindparam("renewed"))
)


def last(tx: Tx) -> Seal | None:
    """Return the newest seal."""
    row = tx.one(_LAST)
    return None if row is None else Seal(**row)


def add_seals(tx: Tx, seals: Sequence[Seal]) -> None:
    """Add seals. Raises ConflictError when somebody else has added at the same place."""
    tx.change(_ADD, [values_of(seal) for seal in seals])


def list_unsealed(tx: Tx, *, after: int, limit: int) -> tuple[Entry, ...]:
    """Return events without a seal behind the event `after`, oldest first."""
    return tuple(entry_of(row) for row in tx.all(_UNSEALED, {"after": after, "limit": limit}))


def count_unsealed(tx: Tx) -> int:
    """Return how many events have no seal."""
    row = tx.one(_COUNT)
    return row["total"] if row else 0


def count_behind(tx: Tx) -> int:
    """Return how many events came after the one that was sealed last."""
    newest = last(tx)
    row = tx.one(_COUNT_BEHIND, {"after": newest.event_id if newest else 0})
    return row["total"] if row else 0


def list_seals(tx: Tx, *, after: int, limit: int) -> tuple[tuple[Seal, Entry | None], ...]:
    """Return seals behind the number `after`, each with its event; None where the event is not there."""
    return tuple(_pair(row) for row in tx.all(_PAGE, {"after": after, "limit": limit}))


def list_macs(tx: Tx, *, after: int, limit: int) -> tuple[Seal, ...]:
    """Return seals behind the number `after`, without their events."""
    return tuple(Seal(**row) for row in tx.all(_MACS, {"after": after, "limit": limit}))


def renew_mac(tx: Tx, seal: Seal, mac: str) -> bool:
    """Put another MAC on a seal, in the place of the one that it was read with."""
    return tx.change(_RENEW, {"of_number": seal.number, "before": seal.mac, "renewed": mac}) == 1


def entry_of(row: Row) -> Entry:
    """Return the event of a row."""
    values = dict(row)
    return Entry(id=values.pop("id"), event=Event(**values))


def _pair(row: Row) -> tuple[Seal, Entry | None]:
    seal = Seal(**{name: row[name] for name in ("number", "event_id", "link", "mac")})
    event = {name: row[label] for label, name in _EVENT_COLUMNS}
    return seal, None if event["id"] is None else entry_of(event)
