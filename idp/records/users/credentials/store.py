"""The table of credentials. Material is sealed with the credential's id: copied to another row it does not open."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from idp.core.assurance import Property
from idp.factors.base import Credential
from idp.records.users.credentials.model import Held
from idp.storage.batches import some
from idp.storage.columns import Json, Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Row, Tx


def _context(credential_id: str) -> str:
    return f"credential:{credential_id}"


credentials = Table(
    "credentials",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("factor", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("material_sealed", Sealed(_context, lasts=True), nullable=False),
    Column("label", Text, nullable=False),
    Column("properties", Json(frozenset[Property]), nullable=False),
    Column("step", BigInteger),
    Column("used_at", Utc),
    Column("key_hash", Text),
    Index(None, "user_id"),
    Index(None, "key_hash", unique=True),
)

_BY_ID = credentials.c.id == bindparam("credential_id")
_GET = select(credentials).where(_BY_ID)
_LIST = (
    select(credentials)
    .where(credentials.c.user_id == bindparam("user_id"))
    .order_by(credentials.c.created_at, credentials.c.id)
)
_GET_BY_KEY = select(credentials).where(credentials.c.key_hash == bindparam("key_hash"))
_HELD_BY = select(*(credentials.c[field.name] for field in fields(Held))).where(
    credentials.c.user_id == bindparam("user_id")
)
_HELD = (
    select(*(credentials.c[field.name] for field in fields(Held)))
    .where(credentials.c.user_id > bindparam("after"), credentials.c.user_id <= bindparam("upto"))
    .order_by(credentials.c.user_id, credentials.c.created_at, credentials.c.id)
)
_ADD = insert(credentials)
_REMOVE = delete(credentials).where(_BY_ID, credentials.c.user_id == bindparam("user_id"))
_REMOVE_SOME = delete(credentials).where(
    some(
        credentials.c.id,
        credentials.c.factor == bindparam("of_factor"),
        credentials.c.created_at <= bindparam("before"),
    )
)
_REPLACE_MATERIAL = update(credentials).where(_BY_ID).values(material_sealed=bindparam("material_sealed"))
_RENEW = (
    update(credentials)
    .where(_BY_ID, credentials.c.user_id == bindparam("user_id"))
    .values(material_sealed=bindparam("material_sealed"), channel=bindparam("new_channel"))
)
_SET_CHANNEL = update(credentials).where(_BY_ID).values(channel=bindparam("new_channel"))
_REPLACE_PROPERTIES = (
    update(credentials).where(_BY_ID).values(properties=bindparam("shown", type_=Json(frozenset[Property])))
)
_ADVANCE_STEP = (
    update(credentials)
    .where(_BY_ID, or_(credentials.c.step.is_(None), credentials.c.step < bindparam("to_step", type_=BigInteger)))
    .values(step=bindparam("to_step", type_=BigInteger), used_at=bindparam("at"))
    .returning(credentials.c.material_sealed)
)
_NOTE_USED = update(credentials).where(_BY_ID).values(used_at=bindparam("at")).returning(credentials.c.material_sealed)
_RENAME = (
    update(credentials)
    .where(_BY_ID, credentials.c.user_id == bindparam("user_id"))
    .values(label=bindparam("new_label"))
)
_COUNT_BY_FACTOR = (
    select(credentials.c.factor, func.count(func.distinct(credentials.c.user_id)).label("people"))
    .group_by(credentials.c.factor)
    .order_by(credentials.c.factor)
)


def get(tx: Tx, credential_id: str) -> Credential | None:
    """Return the credential."""
    row = tx.one(_GET, {"credential_id": credential_id})
    return None if row is None else _opened(tx, row)


def get_by_key(tx: Tx, key_hash: str) -> Credential | None:
    """Return the one credential, of whomever, to whose own id this hash belongs."""
    row = tx.one(_GET_BY_KEY, {"key_hash": key_hash}) if key_hash else None
    return None if row is None else _opened(tx, row)


def list_credentials(tx: Tx, user_id: str) -> tuple[Credential, ...]:
    """Return all that a person has enrolled, oldest first."""
    return tuple(_opened(tx, row) for row in tx.all(_LIST, {"user_id": user_id}))


def count_people(tx: Tx) -> Mapping[str, int]:
    """Return how many people have set up each factor."""
    return {row["factor"]: row["people"] for row in tx.all(_COUNT_BY_FACTOR)}


def list_held_by(tx: Tx, user_id: str) -> tuple[Held, ...]:
    """Return what one person has enrolled."""
    return tuple(Held(**row) for row in tx.all(_HELD_BY, {"user_id": user_id}))


def list_held(tx: Tx, *, after: str, upto: str) -> tuple[Held, ...]:
    """Return what the people between two ids have enrolled, the second included: nothing is unsealed for it."""
    return tuple(Held(**row) for row in tx.all(_HELD, {"after": after, "upto": upto}))


def add_credential(tx: Tx, credential: Credential) -> None:
    """Add a credential. Raises ConflictError when its id or its key is taken, or its person unknown."""
    tx.change(_ADD, values_of(credential) | _sealed(tx, credential.id, credential.material))


def add_all(tx: Tx, new: Sequence[Credential]) -> None:
    """Add credentials. Raises ConflictError when an id is taken or a person unknown."""
    if new:
        tx.change(_ADD, [values_of(each) | _sealed(tx, each.id, each.material) for each in new])


def remove_credential(tx: Tx, credential_id: str, user_id: str) -> bool:
    """Remove a credential of this person; tell whether it was there."""
    return tx.change(_REMOVE, {"credential_id": credential_id, "user_id": user_id}) == 1


def remove_some(tx: Tx, before: datetime, *, factor: str, limit: int) -> int:
    """Remove some of all credentials of a factor from before a moment, and return how many they were."""
    return tx.change(_REMOVE_SOME, {"of_factor": factor, "before": before, "limit": limit})


def replace_material(tx: Tx, credential_id: str, material: bytes) -> bool:
    """Keep new material under the same credential; tell whether it is there."""
    return tx.change(_REPLACE_MATERIAL, {"credential_id": credential_id} | _sealed(tx, credential_id, material)) == 1


def renew(tx: Tx, credential: Credential) -> bool:
    """Keep new material and another channel under the same credential of this person; tell whether it is there."""
    parameters = {"credential_id": credential.id, "user_id": credential.user_id, "new_channel": credential.channel}
    return tx.change(_RENEW, parameters | _sealed(tx, credential.id, credential.material)) == 1


def set_channel(tx: Tx, credential_id: str, channel: str) -> bool:
    """Let proofs by this credential be of another channel from now on; tell whether it is there."""
    return tx.change(_SET_CHANNEL, {"credential_id": credential_id, "new_channel": channel}) == 1


def replace_properties(tx: Tx, credential_id: str, properties: frozenset[Property]) -> bool:
    """Keep what a credential shows from now on; tell whether it is there."""
    return tx.change(_REPLACE_PROPERTIES, {"credential_id": credential_id, "shown": properties}) == 1


def advance_step(tx: Tx, credential: Credential, step: int, at: datetime) -> bool:
    """Spend a time step or counter: true for one caller alone, and never for a lower or equal step (RFC 6238 §5.2).

    It remembers when the credential last succeeded, and tells what `note_used` tells.
    """
    row = tx.change_one(_ADVANCE_STEP, {"credential_id": credential.id, "to_step": step, "at": at})
    return row is not None and _is_as_read(tx, row, credential)


def note_used(tx: Tx, credential: Credential, at: datetime) -> bool:
    """Remember when the credential last succeeded; tell whether it is there still, as it was when it was looked at."""
    row = tx.change_one(_NOTE_USED, {"credential_id": credential.id, "at": at})
    return row is not None and _is_as_read(tx, row, credential)


def rename(tx: Tx, credential_id: str, user_id: str, label: str) -> bool:
    """Call a credential of this person something else; tell whether it is there."""
    return tx.change(_RENAME, {"credential_id": credential_id, "user_id": user_id, "new_label": label}) == 1


def _is_as_read(tx: Tx, row: Row, credential: Credential) -> bool:
    return tx.keys.open(row["material_sealed"], context=_context(credential.id)) == credential.material


def _sealed(tx: Tx, credential_id: str, material: bytes) -> dict[str, Any]:
    return {"material_sealed": tx.keys.seal(material, context=_context(credential_id))}


def _opened(tx: Tx, row: Mapping[str, Any]) -> Credential:
    values = dict(row)
    material = tx.keys.open(values.pop("material_sealed"), context=_context(values["id"]))
    return Credential(**values, material=material)
