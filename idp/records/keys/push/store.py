"""The table of the one push key: whoever makes it second changes nothing."""

from sqlalchemy import Column, Table, Text, bindparam, delete, select

from idp.records.keys.push.model import PushKey
from idp.storage.columns import Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

THE_ONE = "vapid"
"""The id of the key: there is one."""


def sealing_context(key_id: str) -> str:
    """Return what the private half of a key is sealed for."""
    return f"push key:{key_id}"


_keys = Table(
    "push_keys",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("public_key", Text, nullable=False),
    Column("private_sealed", Sealed(sealing_context, lasts=True), nullable=False),
    Column("created_at", Utc, nullable=False),
)

_COLUMNS = (_keys.c.public_key, _keys.c.private_sealed, _keys.c.created_at)
_GET = select(*_COLUMNS)
_ADD = upsert(_keys).on_conflict_do_nothing()
_REMOVE = delete(_keys).where(_keys.c.public_key == bindparam("of_key"))


def get(tx: Tx) -> PushKey | None:
    """Return the key."""
    row = tx.one(_GET)
    return None if row is None else PushKey(**row)


def add(tx: Tx, key: PushKey) -> bool:
    """Add the key; false when there is one already."""
    return tx.change(_ADD, {"id": THE_ONE} | values_of(key)) == 1


def remove(tx: Tx, key: PushKey) -> None:
    """Remove this key, if it is still the one."""
    tx.change(_REMOVE, {"of_key": key.public_key})
