"""The table of signing keys. That an algorithm has one current and one next key is a constraint, whoever races.

Whatever changes here bumps the version that drops the snapshots of other processes.
"""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, select, update

from idp.records.keys.model import KeyState, SigningKey
from idp.storage import versions
from idp.storage.columns import Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Row, Tx

CACHE = "keys"
"""The version's name (`idp.storage.versions`)."""


def sealing_context(kid: str) -> str:
    """Return what the private half of a key is sealed for."""
    return f"key:{kid}"


_keys = Table(
    "signing_keys",
    METADATA,
    Column("kid", Text, primary_key=True),
    Column("alg", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("public_jwk", Text, nullable=False),
    Column("private_sealed", Sealed(sealing_context, lasts=True), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("retired_at", Utc),
)
for _state in (KeyState.CURRENT, KeyState.NEXT):
    _is_it = _keys.c.state == _state.value
    Index(f"uq_signing_keys_{_state}", _keys.c.alg, unique=True, sqlite_where=_is_it, postgresql_where=_is_it)

_LIST = select(_keys).order_by(_keys.c.created_at, _keys.c.kid)
_ADD = upsert(_keys).on_conflict_do_nothing()
_MOVE = (
    update(_keys)
    .where(_keys.c.kid == bindparam("of_kid"), _keys.c.state == bindparam("before"))
    .values(state=bindparam("state"), retired_at=bindparam("retired_at"))
)


def list_keys(tx: Tx) -> tuple[SigningKey, ...]:
    """Return all keys, oldest first."""
    return tuple(_key(row) for row in tx.all(_LIST))


def add(tx: Tx, key: SigningKey) -> bool:
    """Add a key; false when its algorithm has one in this state already."""
    added = tx.change(_ADD, values_of(key)) == 1
    if added:
        versions.bump(tx, CACHE)
    return added


def move(tx: Tx, key: SigningKey, state: KeyState, *, retired_at: datetime | None = None) -> bool:
    """Move a key on from the state in which it was read; true for one caller alone."""
    parameters = {"of_kid": key.kid, "before": key.state, "state": state, "retired_at": retired_at}
    moved = tx.change(_MOVE, parameters) == 1
    if moved:
        versions.bump(tx, CACHE)
    return moved


def _key(row: Row) -> SigningKey:
    return SigningKey(**{**row, "state": KeyState(row["state"])})
