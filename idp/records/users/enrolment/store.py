"""The table of what people were asked to set up and put off, by the rule that asked (policy.md §3.7)."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Integer, Table, Text, bindparam, select

from idp.policy.model import EnrolAsk
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_asks = Table(
    "enrol_asks",
    METADATA,
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("skips", Integer, nullable=False),
    Column("first_asked_at", Utc, nullable=False),
    Column("last_asked_at", Utc),
)

_CONSUME_SKIP = (
    upsert(_asks)
    .values(
        user_id=bindparam("of_user"),
        rule=bindparam("by_rule"),
        skips=1,
        first_asked_at=bindparam("at"),
        last_asked_at=bindparam("at"),
    )
    .on_conflict_do_update(
        index_elements=[_asks.c.user_id, _asks.c.rule],
        set_={"skips": _asks.c.skips + 1, "last_asked_at": bindparam("at", type_=Utc())},
        where=_asks.c.skips == bindparam("seen"),
    )
)
_LIST = select(_asks.c.rule, _asks.c.skips, _asks.c.first_asked_at, _asks.c.last_asked_at).where(
    _asks.c.user_id == bindparam("of_user")
)


def consume_skip(tx: Tx, user_id: str, rule: str, at: datetime, *, seen: int) -> bool:
    """Put off what this rule asks once more than the `seen` times before; the first time starts its `within`.

    False: somebody with the same page was faster, and what may still be put off must be looked at again.
    """
    return tx.change(_CONSUME_SKIP, {"of_user": user_id, "by_rule": rule, "at": at, "seen": seen}) == 1


def list_asks(tx: Tx, user_id: str) -> tuple[EnrolAsk, ...]:
    """Return what this person has put off."""
    return tuple(EnrolAsk(**row) for row in tx.all(_LIST, {"of_user": user_id}))
