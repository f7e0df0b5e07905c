"""Which process does what only one of them should: one row a task, taken by one conditional statement.

It is no lock: whoever is slower than its time may meet the next holder, so what is done under a lease must do no harm
twice. Nothing has to be given back, and whoever dies holds nobody up longer than the time that was asked for.
"""

from datetime import datetime

from sqlalchemy import Column, Table, Text, bindparam, or_

from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_leases = Table(
    "leases",
    METADATA,
    Column("task", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Utc, nullable=False),
)

_HOLDER, _UNTIL = bindparam("by", type_=Text()), bindparam("end", type_=Utc())
_TAKE = (
    upsert(_leases)
    .values(task=bindparam("task"), holder=_HOLDER, until=_UNTIL)
    .on_conflict_do_update(
        index_elements=[_leases.c.task],
        set_={"holder": _HOLDER, "until": _UNTIL},
        where=or_(_leases.c.until <= bindparam("now", type_=Utc()), _leases.c.holder == _HOLDER),
    )
)


def take(tx: Tx, task: str, *, holder: str, now: datetime, until: datetime) -> bool:
    """Take a task until then: true for the one who holds it already, or for the first to ask once it is free."""
    return tx.change(_TAKE, {"task": task, "by": holder, "now": now, "end": until}) == 1
