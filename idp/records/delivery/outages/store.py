"""The table of outages: one row a channel that has failed since it last worked, or a recipient of a channel.

It is the breaker of each carrier, shared by all processes, and what policy is told of it: a factor that sends over such
a channel cannot be used now. When the time is over, one conditional UPDATE lets one caller alone try.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Table,
    Text,
    bindparam,
    case,
    delete,
    exists,
    or_,
    select,
    update,
)

from idp.records.delivery.model import Outage
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_outages = Table(
    "delivery_outages",
    METADATA,
    Column("channel", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("until", Utc),
)

_NOW, _UNTIL = bindparam("now", type_=Utc()), bindparam("end", type_=Utc())
_CHANNEL = _outages.c.channel == bindparam("name")
_GET = select(_outages).where(_CHANNEL)
_OPEN = select(_outages).where(_outages.c.until > _NOW)
_FAILED = (
    upsert(_outages)
    .values(channel=bindparam("name"), failures=1, until=bindparam("first_end"))
    .on_conflict_do_update(
        index_elements=[_outages.c.channel],
        set_={
            "failures": _outages.c.failures + 1,
            "until": case((_outages.c.failures + 1 >= bindparam("after", type_=Integer()), _UNTIL), else_=None),
        },
    )
)
_PROBE = (
    update(_outages).where(_CHANNEL, or_(_outages.c.until.is_(None), _outages.c.until <= _NOW)).values(until=_UNTIL)
)
_WORKED = delete(_outages).where(_CHANNEL)
_WORST = (
    select(_outages)
    .where(or_(_CHANNEL, _outages.c.channel.startswith(bindparam("recipients"))))
    .order_by(_outages.c.failures.desc(), _outages.c.channel)
    .limit(1)
)


def recipient(channel: str, to: str) -> str:
    """Return the name of one recipient of a channel whose recipients fail each for itself."""
    return f"{channel}:{to}"


def rests(channel: ColumnElement[str], to: ColumnElement[str]) -> ColumnElement[bool]:
    """Return what is true of a message whose channel or recipient is left alone now."""
    return exists().where(_outages.c.channel.in_((channel, channel + ":" + to)), _outages.c.until > _NOW)


def get(tx: Tx, channel: str) -> Outage | None:
    """Return what has failed on a channel since it last worked."""
    row = tx.one(_GET, {"name": channel})
    return None if row is None else Outage(**row)


def worst(tx: Tx, channel: str) -> Outage | None:
    """Return the longest outage of a channel or of one of its recipients."""
    row = tx.one(_WORST, {"name": channel, "recipients": recipient(channel, "")})
    return None if row is None else Outage(**row)


def list_open(tx: Tx, now: datetime) -> Mapping[str, datetime]:
    """Return the channels that are left alone now, and until when."""
    return {row["channel"]: row["until"] for row in tx.all(_OPEN, {"now": now})}


def note_failure(tx: Tx, channel: str, *, after: int, until: datetime) -> None:
    """Count a failure; from the `after`th in a row on, the channel is left alone until then."""
    first = until if after <= 1 else None
    tx.change(_FAILED, {"name": channel, "after": after, "end": until, "first_end": first})


def probe(tx: Tx, channel: str, *, now: datetime, until: datetime) -> bool:
    """Take the one try that is allowed when the time is over; all others wait until then."""
    return tx.change(_PROBE, {"name": channel, "now": now, "end": until}) == 1


def note_success(tx: Tx, channel: str) -> None:
    """Forget what has failed before."""
    tx.change(_WORKED, {"name": channel})
