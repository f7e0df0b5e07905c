"""The table of mailed links. A link is used up by one conditional UPDATE; its token is kept as a hash alone."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, delete, insert, select, update

from idp.records.users.links.model import Link, Purpose
from idp.storage.batches import some
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_links = Table(
    "mailed_links",
    METADATA,
    Column("token_hash", Text, primary_key=True),
    Column("purpose", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("used_at", Utc),
    Index(None, "user_id", "purpose"),
    Index(None, "expires_at"),
)

_NOW = bindparam("now", type_=Utc())
_IS_GOOD = (
    _links.c.token_hash == bindparam("presented_hash"),
    _links.c.purpose == bindparam("purpose_asked"),
    _links.c.used_at.is_(None),
    _links.c.expires_at > _NOW,
)
_ADD = insert(_links)
_GET = select(_links).where(*_IS_GOOD)
_CONSUME = update(_links).where(*_IS_GOOD).values(used_at=_NOW)
_VOID = delete(_links).where(
    _links.c.user_id == bindparam("of_user"),
    _links.c.purpose == bindparam("purpose_voided"),
    _links.c.used_at.is_(None),
)
_VOID_SOME = delete(_links).where(
    some(_links.c.token_hash, _links.c.used_at.is_(None), _links.c.created_at <= bindparam("before"))
)
_PURGE = oldest(_links.c.expires_at)


def add(tx: Tx, link: Link) -> None:
    """Add a link."""
    tx.change(_ADD, values_of(link))


def get(tx: Tx, token_hash: str, *, purpose: Purpose, now: datetime) -> Link | None:
    """Return a link that could be used now; whether what it is about still holds is the caller's question."""
    row = tx.one(_GET, {"presented_hash": token_hash, "purpose_asked": purpose, "now": now})
    return None if row is None else Link(**{**row, "purpose": Purpose(row["purpose"])})


def consume(tx: Tx, token_hash: str, *, purpose: Purpose, now: datetime) -> bool:
    """Use a link up: true for one caller alone, for this purpose alone, and only before it ends."""
    return tx.change(_CONSUME, {"presented_hash": token_hash, "purpose_asked": purpose, "now": now}) == 1


def void(tx: Tx, user_id: str, purpose: Purpose) -> int:
    """Remove a person's unused links of one purpose and return how many they were."""
    return tx.change(_VOID, {"of_user": user_id, "purpose_voided": purpose})


def void_some(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove some of all unused links from before a moment and return how many they were."""
    return tx.change(_VOID_SOME, {"before": before, "limit": limit})


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` links that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
