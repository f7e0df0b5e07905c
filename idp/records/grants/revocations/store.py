"""The table of access tokens revoked singly, by the hash of their `jti` or, opaque ones, of themselves.

A signed token is known by its `jti` and not by its text: an ECDSA signature can be written in two ways.
"""

from datetime import datetime

from sqlalchemy import Column, ColumnElement, Index, Table, Text, bindparam, exists, select

from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_revocations = Table(
    "revoked_access_tokens",
    METADATA,
    Column("id_hash", Text, primary_key=True),
    Column("expires_at", Utc, nullable=False),
    Index(None, "expires_at"),
)

_ADD = upsert(_revocations).on_conflict_do_nothing()
_GET = select(_revocations.c.id_hash).where(_revocations.c.id_hash == bindparam("id_hash"))
_PURGE = oldest(_revocations.c.expires_at)


def add(tx: Tx, id_hash: str, *, expires_at: datetime) -> None:
    """Remember that this token is revoked, until it would have expired anyway."""
    tx.change(_ADD, {"id_hash": id_hash, "expires_at": expires_at})


def is_live(id_hash: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the condition that a token was not revoked singly, for the statement that finds it."""
    return ~exists().where(_revocations.c.id_hash == id_hash)


def is_revoked(tx: Tx, id_hash: str) -> bool:
    """Tell whether this token was revoked singly."""
    return tx.one(_GET, {"id_hash": id_hash}) is not None


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` revocations of tokens that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
