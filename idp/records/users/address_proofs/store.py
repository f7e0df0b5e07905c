"""The table of addresses that are being proved; a proof is spent by deleting its row, which one caller alone finds."""

from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, delete, insert, select

from idp.records.users.address_proofs.model import AddressProof
from idp.storage.batches import some
from idp.storage.columns import Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx


def _context(proof_id: str) -> str:
    return f"address_proof:{proof_id}"


_proofs = Table(
    "address_proofs",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("state_sealed", Sealed(_context, lasts=False), nullable=False),
    Index(None, "user_id"),
    Index(None, "expires_at"),
)

_GET = select(_proofs).where(_proofs.c.id == bindparam("proof_id"), _proofs.c.user_id == bindparam("of_user"))
_GET_ANY = select(_proofs.c.user_id).where(_proofs.c.id == bindparam("proof_id"))
_ADD = insert(_proofs)
_VOID = delete(_proofs).where(_proofs.c.user_id == bindparam("of_user"))
_VOID_SOME = delete(_proofs).where(some(_proofs.c.id, _proofs.c.created_at <= bindparam("before")))
_CONSUME = delete(_proofs).where(
    _proofs.c.id == bindparam("proof_id"),
    _proofs.c.user_id == bindparam("of_user"),
    _proofs.c.expires_at > bindparam("now", type_=Utc()),
)
_PURGE = oldest(_proofs.c.expires_at)


def get(tx: Tx, proof_id: str, user_id: str) -> AddressProof | None:
    """Return the proof, if it is this person's; one that has ended too."""
    row = tx.one(_GET, {"proof_id": proof_id, "of_user": user_id})
    if row is None:
        return None
    values = dict(row)
    state = tx.keys.open(values.pop("state_sealed"), context=_context(proof_id))
    return AddressProof(**values, state=state)


def get_begun(tx: Tx, proof_id: str, *, prefix: str) -> AddressProof | None:
    """Return the proof, if it was begun by nobody who is known: in the name of a purpose with this prefix."""
    row = tx.one(_GET_ANY, {"proof_id": proof_id})
    return get(tx, proof_id, row["user_id"]) if row is not None and row["user_id"].startswith(prefix) else None


def add(tx: Tx, proof: AddressProof) -> None:
    """Add a proof in the place of all that this person has begun before."""
    void(tx, proof.user_id)
    sealed = tx.keys.seal(proof.state, context=_context(proof.id))
    tx.change(_ADD, values_of(proof) | {"state_sealed": sealed})


def void(tx: Tx, user_id: str) -> int:
    """Void what a person has begun; return how many they were."""
    return tx.change(_VOID, {"of_user": user_id})


def consume(tx: Tx, proof_id: str, user_id: str, now: datetime) -> bool:
    """Spend a proof: true for one caller alone, and only before it ends."""
    return tx.change(_CONSUME, {"proof_id": proof_id, "of_user": user_id, "now": now}) == 1


def void_some(tx: Tx, before: datetime, *, limit: int) -> int:
    """Void some of all that anybody has begun before a moment and return how many they were."""
    return tx.change(_VOID_SOME, {"before": before, "limit": limit})


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` proofs that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
