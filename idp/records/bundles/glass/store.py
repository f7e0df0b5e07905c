"""The table of broken glass: each time it was broken stays on record."""

from datetime import datetime

from sqlalchemy import Column, Table, Text, bindparam, insert, select, update

from idp.records.bundles.model import Glass
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_glass = Table(
    "glass",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("broken_at", Utc, nullable=False),
    Column("mends_at", Utc, nullable=False),
    Column("mended_at", Utc),
)

_IS_BROKEN = (_glass.c.mended_at.is_(None)) & (_glass.c.mends_at > bindparam("now", type_=Utc))
_ADD = insert(_glass)
_BROKEN = select(_glass).where(_IS_BROKEN).order_by(_glass.c.mends_at.desc()).limit(1)
_MEND = update(_glass).where(_IS_BROKEN).values(mended_at=bindparam("mended", type_=Utc))


def add(tx: Tx, glass: Glass) -> None:
    """Break the glass."""
    tx.change(_ADD, values_of(glass))


def get_broken(tx: Tx, now: datetime) -> Glass | None:
    """Return the glass that is broken at this moment; it mends by itself when its time is over."""
    row = tx.one(_BROKEN, {"now": now})
    return None if row is None else Glass(**row)


def mend(tx: Tx, now: datetime) -> bool:
    """Mend it before its time; tell whether it was broken."""
    return tx.change(_MEND, {"now": now, "mended": now}) > 0
