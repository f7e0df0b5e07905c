"""The table of peppers: sealed, so that the database alone tells nobody whose a history is (risk.md §5.4).

Histories cannot be hashed anew, as what was hashed is not kept. So a new pepper stands beside the last one: what is
seen again moves to its new key, and what is not seen for as long as a history reaches back is forgotten anyway. Then
the last pepper goes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Table, bindparam, delete, select

from idp.core.tokens import Tokens
from idp.storage.columns import Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.statements import upsert
from idp.storage.tx import Tx


def _context(_number: int) -> str:
    return "risk:pepper"


_peppers = Table(
    "risk_peppers",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", Sealed(_context, lasts=True), nullable=False),
    Column("drawn_at", Utc, nullable=False),
)
_LIST = select(_peppers).order_by(_peppers.c.number.desc())
_ADD = upsert(_peppers).on_conflict_do_nothing()
_DROP = delete(_peppers).where(_peppers.c.number < bindparam("before"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pepper:
    """One pepper."""

    number: int
    secret: bytes = field(repr=False)
    drawn_at: datetime


def list_peppers(tx: Tx) -> tuple[Pepper, ...]:
    """Return the peppers in use, the newest first."""
    return tuple(_pepper(tx, row) for row in tx.all(_LIST))


def draw(tx: Tx, number: int, *, tokens: Tokens, now: datetime) -> bool:
    """Draw the pepper of this number; false when somebody was faster: then theirs counts."""
    sealed = tx.keys.seal(tokens.token().encode(), context=_context(number))
    return tx.change(_ADD, {"number": number, "sealed": sealed, "drawn_at": now}) == 1


def drop_before(tx: Tx, number: int) -> int:
    """Let go of the peppers before this one, and return how many they were."""
    return tx.change(_DROP, {"before": number})


def _pepper(tx: Tx, row: Mapping[str, Any]) -> Pepper:
    secret = tx.keys.open(row["sealed"], context=_context(row["number"]))
    return Pepper(number=row["number"], secret=secret, drawn_at=row["drawn_at"])
