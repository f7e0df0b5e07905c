"""The table of backup codes that are left. A code is spent by deleting its row: one caller alone finds it there."""

from collections.abc import Iterable

from sqlalchemy import Column, ForeignKey, Table, Text, bindparam, delete, func, insert, select

from idp.storage.metadata import METADATA
from idp.storage.tx import Tx

_codes = Table(
    "backup_codes",
    METADATA,
    Column("credential_id", Text, ForeignKey("credentials.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", Text, primary_key=True),
)

_ADD = insert(_codes)
_CONSUME = delete(_codes).where(
    _codes.c.credential_id == bindparam("of_credential"), _codes.c.code_hash == bindparam("spent_hash")
)
_COUNT = select(func.count().label("left")).where(_codes.c.credential_id == bindparam("of_credential"))


def add_codes(tx: Tx, credential_id: str, code_hashes: Iterable[str]) -> None:
    """Add the codes of a new list; they go when its credential goes."""
    tx.change(_ADD, [{"credential_id": credential_id, "code_hash": code_hash} for code_hash in code_hashes])


def consume_code(tx: Tx, credential_id: str, code_hash: str) -> bool:
    """Spend a code: true for one caller alone."""
    return tx.change(_CONSUME, {"of_credential": credential_id, "spent_hash": code_hash}) == 1


def count_codes(tx: Tx, credential_id: str) -> int:
    """Return how many codes are left."""
    row = tx.one(_COUNT, {"of_credential": credential_id})
    return int(row["left"]) if row else 0
