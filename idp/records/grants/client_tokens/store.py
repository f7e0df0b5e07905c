"""The table of opaque access tokens of clients themselves, by their hashes.

A table of its own: no query that looks for a person's token can ever find one of these (OAU-49).
"""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, insert, select

from idp.records.grants.client_tokens.model import ClientToken
from idp.records.grants.revocations.store import is_live
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_tokens = Table(
    "client_access_tokens",
    METADATA,
    Column("token_hash", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("scopes", Json(tuple[str, ...]), nullable=False),
    Column("issued_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Index(None, "expires_at"),
)

_ADD = insert(_tokens)
_GET = select(_tokens).where(_tokens.c.token_hash == bindparam("token_hash"), is_live(_tokens.c.token_hash))
_PURGE = oldest(_tokens.c.expires_at)


def add(tx: Tx, token: ClientToken) -> None:
    """Add a token."""
    tx.change(_ADD, values_of(token))


def get(tx: Tx, token_hash: str) -> ClientToken | None:
    """Return the token, unless it was revoked singly; whether it has expired is the caller's question."""
    row = tx.one(_GET, {"token_hash": token_hash})
    return None if row is None else ClientToken(**row)


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` tokens that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
