"""The table of known devices."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, delete, select

from idp.records.devices.model import KnownDevice
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_devices = Table(
    "known_devices",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("secret_hash", Text, primary_key=True),
    Column("first_seen_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("factors", Json(tuple[tuple[str, datetime], ...]), nullable=False),
    Index(None, "seen_at"),
)

_GET = select(_devices).where(
    _devices.c.user_id == bindparam("user_id"), _devices.c.secret_hash == bindparam("secret_hash")
)
_ADD = upsert(_devices)
_NOTE = _ADD.on_conflict_do_update(
    index_elements=[_devices.c.user_id, _devices.c.secret_hash],
    set_={"seen_at": _ADD.excluded.seen_at, "factors": _ADD.excluded.factors},
)
_FORGET_ALL = delete(_devices).where(_devices.c.user_id == bindparam("user_id"))
_PURGE = oldest(_devices.c.seen_at)


def get(tx: Tx, secret_hash: str, user_id: str) -> KnownDevice | None:
    """Return the browser as this person's; that it is known to somebody else says nothing."""
    row = tx.one(_GET, {"secret_hash": secret_hash, "user_id": user_id})
    return None if row is None else KnownDevice(**row)


def note(tx: Tx, device: KnownDevice) -> None:
    """Remember a browser, or that it was seen again; when it was first seen stays."""
    tx.change(_NOTE, values_of(device))


def forget_all(tx: Tx, user_id: str) -> int:
    """Forget all browsers of a person and return how many they were."""
    return tx.change(_FORGET_ALL, {"user_id": user_id})


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` browsers that were last seen before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
