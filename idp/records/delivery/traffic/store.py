"""The table of traffic: what is sent is counted by one conditional statement, which refuses where the budget ends.

Windows are fixed, an hour or a day of UTC, and a row each: nothing is ever taken back, and old rows are history.
"""

from datetime import datetime

from sqlalchemy import Column, Index, Integer, Table, Text, and_, bindparam, or_, select, update

from idp.records.delivery.traffic.model import Traffic
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_traffic = Table(
    "delivery_traffic",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("starts_at", Utc, primary_key=True),
    Column("sent", Integer, nullable=False),
    Column("used", Integer, nullable=False),
    Column("stopped_at", Utc),
    Index(None, "starts_at"),
)

_IS_IT = and_(_traffic.c.key == bindparam("of"), _traffic.c.starts_at == bindparam("window", type_=Utc()))
_AFTER, _LEAST = bindparam("after", type_=Integer()), bindparam("least", type_=Integer())
_RESERVE = (
    upsert(_traffic)
    .values(key=bindparam("of"), starts_at=bindparam("window", type_=Utc()), sent=1, used=0)
    .on_conflict_do_update(
        index_elements=[_traffic.c.key, _traffic.c.starts_at],
        set_={"sent": _traffic.c.sent + 1},
        where=and_(
            _traffic.c.sent < bindparam("most", type_=Integer()),
            or_(_AFTER.is_(None), _traffic.c.sent < _AFTER, _traffic.c.used * 1000 >= _traffic.c.sent * _LEAST),
        ),
    )
    .returning(_traffic.c.sent)
)
_USED = update(_traffic).where(_IS_IT).values(used=_traffic.c.used + 1)
_STOP = update(_traffic).where(_IS_IT, _traffic.c.stopped_at.is_(None)).values(stopped_at=bindparam("now", type_=Utc()))
_GET = select(_traffic).where(_IS_IT)
_PURGE = oldest(_traffic.c.starts_at)


def reserve(tx: Tx, key: str, starts_at: datetime, *, most: int, after: int | None = None, least: float = 0.0) -> bool:
    """Count one more message, unless it would be more than `most`; false: it may not be sent.

    From the `after`th on (None: never), the share of codes that came back must be at `least` this.
    """
    parameters = {"of": key, "window": starts_at, "most": most, "after": after, "least": round(least * 1000)}
    return tx.change_one(_RESERVE, parameters) is not None


def note_used(tx: Tx, key: str, starts_at: datetime) -> None:
    """Count a code that came back, where its sending was counted."""
    tx.change(_USED, {"of": key, "window": starts_at})


def stop(tx: Tx, key: str, starts_at: datetime, now: datetime) -> bool:
    """Note that nothing more is sent: true for the first caller of a window alone."""
    return tx.change(_STOP, {"of": key, "window": starts_at, "now": now}) == 1


def get(tx: Tx, key: str, starts_at: datetime) -> Traffic | None:
    """Return what was counted."""
    row = tx.one(_GET, {"of": key, "window": starts_at})
    return None if row is None else Traffic(**row)


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` counts of windows that began before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
