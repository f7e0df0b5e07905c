"""The table of refresh families: a token is spent by one conditional UPDATE, and kept as a hash alone."""

from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, Text, bindparam, insert, select, update

from idp.records.grants.families.model import Family
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

families = Table(
    "refresh_families",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("grant_id", Text, ForeignKey("grants.id"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("idle_until", Utc, nullable=False),
    Column("current_hash", Text, nullable=False, unique=True),
    Column("previous_hash", Text),
    Column("rotated_at", Utc),
    Column("replay_sealed", LargeBinary),
    Column("revoked_at", Utc),
    Index(None, "grant_id"),
    Index(None, "expires_at"),
)

_NOW = bindparam("now", type_=Utc())
_GET = select(families).where(families.c.id == bindparam("family_id"))
_ADD = insert(families)
_ROTATE = (
    update(families)
    .where(
        families.c.id == bindparam("family_id"),
        families.c.current_hash == bindparam("presented_hash"),
        families.c.revoked_at.is_(None),
        families.c.expires_at > _NOW,
        families.c.idle_until > _NOW,
    )
    .values(
        current_hash=bindparam("successor_hash"),
        previous_hash=families.c.current_hash,
        rotated_at=_NOW,
        replay_sealed=bindparam("replay"),
        idle_until=bindparam("idle"),
    )
)
_REVOKE = (
    update(families)
    .where(families.c.id == bindparam("family_id"), families.c.revoked_at.is_(None))
    .values(revoked_at=_NOW, replay_sealed=None)
)
_PURGE = oldest(families.c.expires_at)


def get(tx: Tx, family_id: str) -> Family | None:
    """Return the family, revoked and expired ones too."""
    row = tx.one(_GET, {"family_id": family_id})
    return None if row is None else Family(**row)


def add(tx: Tx, family: Family) -> None:
    """Add a family."""
    tx.change(_ADD, values_of(family))


def rotate(
    tx: Tx, family_id: str, *, presented: str, successor: str, replay: bytes, idle_until: datetime, now: datetime
) -> bool:
    """Put a successor in the place of the presented token, both by their hashes: true for one caller alone."""
    parameters = {
        "family_id": family_id,
        "presented_hash": presented,
        "successor_hash": successor,
        "replay": replay,
        "idle": idle_until,
        "now": now,
    }
    return tx.change(_ROTATE, parameters) == 1


def revoke(tx: Tx, family_id: str, now: datetime) -> int:
    """End a family and forget its last answer; return how many were ended by this call."""
    return tx.change(_REVOKE, {"family_id": family_id, "now": now})


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` families that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
