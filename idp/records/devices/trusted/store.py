"""The table of trusted devices. A secret is used by one conditional UPDATE that puts another in its place."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, delete, insert, select, update

from idp.records.devices.trusted.model import TrustedDevice
from idp.storage.batches import some
from idp.storage.columns import Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_trusted = Table(
    "trusted_devices",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("trusted_at", Utc, nullable=False),
    Column("used_at", Utc, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("address", Text, nullable=False),
    Index(None, "user_id"),
    Index(None, "used_at"),
)

_IS_THEIRS = (_trusted.c.id == bindparam("device_id"), _trusted.c.user_id == bindparam("of_user"))
_GET = select(_trusted).where(*_IS_THEIRS)
_LIST = (
    select(_trusted)
    .where(_trusted.c.user_id == bindparam("of_user"))
    .order_by(_trusted.c.used_at.desc(), _trusted.c.id)
)
_ADD = insert(_trusted)
_ROTATE = (
    update(_trusted)
    .where(*_IS_THEIRS, _trusted.c.secret_hash == bindparam("presented_hash"))
    .values(
        secret_hash=bindparam("successor_hash"),
        used_at=bindparam("now"),
        address=bindparam("seen_at_address"),
    )
)
_FORGET = delete(_trusted).where(*_IS_THEIRS)
_FORGET_REUSED = _FORGET.where(_trusted.c.secret_hash != bindparam("presented_hash"))
_FORGET_ALL = delete(_trusted).where(_trusted.c.user_id == bindparam("of_user"))
_FORGET_SOME = delete(_trusted).where(some(_trusted.c.id, _trusted.c.trusted_at <= bindparam("before")))
_PURGE = oldest(_trusted.c.used_at)


def get(tx: Tx, device_id: str, user_id: str) -> TrustedDevice | None:
    """Return the device as one that this person trusts; that somebody else does says nothing (ENR-17)."""
    row = tx.one(_GET, {"device_id": device_id, "of_user": user_id})
    return None if row is None else TrustedDevice(**row)


def list_trusted(tx: Tx, user_id: str) -> tuple[TrustedDevice, ...]:
    """Return all that a person trusts, last used first."""
    return tuple(TrustedDevice(**row) for row in tx.all(_LIST, {"of_user": user_id}))


def add(tx: Tx, device: TrustedDevice) -> None:
    """Add a device."""
    tx.change(_ADD, values_of(device))


def rotate(
    tx: Tx, device_id: str, user_id: str, *, presented: str, successor: str, address: str, now: datetime
) -> bool:
    """Put a successor in the place of the presented secret, both by their hashes: true for one caller alone."""
    parameters = {
        "device_id": device_id,
        "of_user": user_id,
        "presented_hash": presented,
        "successor_hash": successor,
        "seen_at_address": address,
        "now": now,
    }
    return tx.change(_ROTATE, parameters) == 1


def forget(tx: Tx, device_id: str, user_id: str) -> bool:
    """Trust a device of this person no longer; tell whether it was trusted."""
    return tx.change(_FORGET, {"device_id": device_id, "of_user": user_id}) == 1


def forget_reused(tx: Tx, device_id: str, user_id: str, *, presented: str) -> bool:
    """Trust a device no longer if the secret presented, by its hash, is not the newest: somebody has copied it."""
    parameters = {"device_id": device_id, "of_user": user_id, "presented_hash": presented}
    return tx.change(_FORGET_REUSED, parameters) == 1


def forget_all(tx: Tx, user_id: str) -> int:
    """Trust none of a person's devices any longer and return how many they were."""
    return tx.change(_FORGET_ALL, {"of_user": user_id})


def forget_some(tx: Tx, before: datetime, *, limit: int) -> int:
    """Trust some of all devices from before a moment no longer and return how many they were."""
    return tx.change(_FORGET_SOME, {"before": before, "limit": limit})


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` devices that were last used before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
