"""The table of consents."""

from sqlalchemy import Column, Table, Text, bindparam, delete, select

from idp.records.consents.model import Consent
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Tx

_consents = Table(
    "consents",
    METADATA,
    Column("user_id", Text, primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("scopes", Json(tuple[str, ...]), nullable=False),
    Column("granted_at", Utc, nullable=False),
)

_ONE = (_consents.c.user_id == bindparam("user_id"), _consents.c.client_id == bindparam("client_id"))
_GET = select(_consents).where(*_ONE)
_LIST = select(_consents).where(_consents.c.user_id == bindparam("user_id")).order_by(_consents.c.client_id)
_ADD = upsert(_consents)
_SAVE = _ADD.on_conflict_do_update(
    index_elements=[_consents.c.user_id, _consents.c.client_id],
    set_={"scopes": _ADD.excluded.scopes, "granted_at": _ADD.excluded.granted_at},
)
_REMOVE = delete(_consents).where(*_ONE)


def get(tx: Tx, user_id: str, client_id: str) -> Consent | None:
    """Return what this person has allowed this client."""
    row = tx.one(_GET, {"user_id": user_id, "client_id": client_id})
    return None if row is None else Consent(**row)


def list_consents(tx: Tx, user_id: str) -> tuple[Consent, ...]:
    """Return all that a person has allowed."""
    return tuple(Consent(**row) for row in tx.all(_LIST, {"user_id": user_id}))


def save(tx: Tx, consent: Consent) -> None:
    """Remember a consent in place of the one before."""
    tx.change(_SAVE, values_of(consent))


def remove(tx: Tx, user_id: str, client_id: str) -> bool:
    """Withdraw a consent; tell whether there was one."""
    return tx.change(_REMOVE, {"user_id": user_id, "client_id": client_id}) == 1
