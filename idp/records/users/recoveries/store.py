"""The table of recoveries. Whether one takes effect or is cancelled, one conditional UPDATE decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Index, Table, Text, bindparam, insert, select, update

from idp.records.users.recoveries.model import Recovery
from idp.storage.columns import Json, Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx


def _context(recovery_id: str) -> str:
    return f"recovery:{recovery_id}"


_recoveries = Table(
    "recoveries",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("cools_until", Utc, nullable=False),
    Column("lost", Json(tuple[str, ...]), nullable=False),
    Column("password_id", Text, nullable=False),
    Column("language", Text, nullable=False, server_default=""),
    Column("replaced_sealed", Sealed(_context, lasts=True)),
    Column("ended_at", Utc),
    Index(None, "user_id"),
    Index(None, "ended_at"),
)

_NOW = bindparam("now", type_=Utc())
_ADD = insert(_recoveries)
_GET_OPEN = (
    select(_recoveries)
    .where(_recoveries.c.user_id == bindparam("of_user"), _recoveries.c.ended_at.is_(None))
    .order_by(_recoveries.c.started_at.desc(), _recoveries.c.id)
    .limit(1)
)
_GET_DUE = (
    select(_recoveries)
    .where(_recoveries.c.ended_at.is_(None), _recoveries.c.cools_until <= _NOW)
    .order_by(_recoveries.c.cools_until, _recoveries.c.id)
    .limit(1)
)
_END = (
    update(_recoveries)
    .where(_recoveries.c.id == bindparam("recovery_id"), _recoveries.c.ended_at.is_(None))
    .values(ended_at=_NOW, replaced_sealed=None)
)
_PURGE = oldest(_recoveries.c.ended_at)


def add(tx: Tx, recovery: Recovery) -> None:
    """Add a recovery."""
    sealed = tx.keys.seal(recovery.replaced, context=_context(recovery.id)) if recovery.replaced else None
    tx.change(_ADD, values_of(recovery) | {"replaced_sealed": sealed})


def get_open(tx: Tx, user_id: str) -> Recovery | None:
    """Return the recovery of a person that has neither taken effect nor been cancelled."""
    row = tx.one(_GET_OPEN, {"of_user": user_id})
    return None if row is None else _opened(tx, row)


def get_due(tx: Tx, now: datetime) -> Recovery | None:
    """Return the recovery that has cooled off and not taken effect for the longest time."""
    row = tx.one(_GET_DUE, {"now": now})
    return None if row is None else _opened(tx, row)


def end(tx: Tx, recovery_id: str, now: datetime) -> bool:
    """End a recovery, whichever way, and forget the password it kept: true for one caller alone."""
    return tx.change(_END, {"recovery_id": recovery_id, "now": now}) == 1


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` recoveries that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})


def _opened(tx: Tx, row: Mapping[str, Any]) -> Recovery:
    values = dict(row)
    sealed = values.pop("replaced_sealed")
    replaced = tx.keys.open(sealed, context=_context(values["id"])) if sealed else b""
    return Recovery(**values, replaced=replaced)
