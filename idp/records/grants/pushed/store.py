"""The table of pushed authorization requests, by the hashes of their references; what has been used is not kept."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, delete, insert, select

from idp.records.grants.pushed.model import PushedRequest
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_requests = Table(
    "pushed_requests",
    METADATA,
    Column("uri_hash", Text, primary_key=True),
    Column("client_id", Text, nullable=False),
    Column("parameters", Json(dict[str, str]), nullable=False),
    Column("pushed_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Index(None, "expires_at"),
)
_IS_GOOD = (_requests.c.uri_hash == bindparam("of_hash"), _requests.c.expires_at > bindparam("now", type_=Utc()))

_ADD = insert(_requests)
_GET = select(_requests).where(*_IS_GOOD)
_CONSUME = delete(_requests).where(*_IS_GOOD)
_PURGE = oldest(_requests.c.expires_at)


def add(tx: Tx, request: PushedRequest) -> None:
    """Add a request."""
    tx.change(_ADD, values_of(request))


def get(tx: Tx, uri_hash: str, now: datetime) -> PushedRequest | None:
    """Return the request, unless it has been used or has expired."""
    row = tx.one(_GET, {"of_hash": uri_hash, "now": now})
    return None if row is None else PushedRequest(**row)


def consume(tx: Tx, uri_hash: str, now: datetime) -> bool:
    """Use a request up: true for one caller alone, and only before it expires (RFC 9126 §7.3)."""
    return tx.change(_CONSUME, {"of_hash": uri_hash, "now": now}) == 1


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` requests that expired before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
