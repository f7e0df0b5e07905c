"""The table of tickets."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, and_, bindparam, delete, insert, select, update

from idp.records.users.tickets.model import Ticket
from idp.storage.batches import some
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_tickets = Table(
    "tickets",
    METADATA,
    Column("token_hash", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
    Index(None, "expires_at"),
)

_ADD = insert(_tickets)
_VOID = delete(_tickets).where(_tickets.c.purpose == bindparam("purpose_voided"), _tickets.c.used_at.is_(None))
_VOID_SOME = delete(_tickets).where(
    some(_tickets.c.token_hash, _tickets.c.used_at.is_(None), _tickets.c.created_at <= bindparam("before"))
)
_IS_OPEN = and_(
    _tickets.c.token_hash == bindparam("token_presented"),
    _tickets.c.purpose == bindparam("purpose_asked"),
    _tickets.c.used_at.is_(None),
    _tickets.c.expires_at > bindparam("now", type_=Utc),
)
_LOOK = select(_tickets.c.purpose).where(_IS_OPEN)
_CONSUME = update(_tickets).where(_IS_OPEN).values(used_at=bindparam("now", type_=Utc))
_PURGE = oldest(_tickets.c.expires_at)


def add(tx: Tx, ticket: Ticket) -> None:
    """Add a ticket."""
    tx.change(_ADD, values_of(ticket))


def void(tx: Tx, purpose: str) -> int:
    """Remove the unused tickets of one purpose and return how many they were."""
    return tx.change(_VOID, {"purpose_voided": purpose})


def is_open(tx: Tx, token_hash: str, *, purpose: str, now: datetime) -> bool:
    """Tell whether a ticket could be used now; only `consume` decides."""
    return tx.one(_LOOK, {"token_presented": token_hash, "purpose_asked": purpose, "now": now}) is not None


def consume(tx: Tx, token_hash: str, *, purpose: str, now: datetime) -> bool:
    """Use a ticket up; false when there is none, it has ended, or somebody was faster."""
    return tx.change(_CONSUME, {"token_presented": token_hash, "purpose_asked": purpose, "now": now}) == 1


def void_some(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove some of all unused tickets from before a moment and return how many they were."""
    return tx.change(_VOID_SOME, {"before": before, "limit": limit})


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` tickets that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
