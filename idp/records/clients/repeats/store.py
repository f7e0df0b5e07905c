"""The table of answers kept for a second try. They may hold a new secret, so they are sealed."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Column, Index, Table, Text, bindparam, delete, select, update

from idp.core.secrets import UnsealError
from idp.storage.columns import Sealed, Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.statements import upsert
from idp.storage.tx import Tx


def _context(repeat_id: str) -> str:
    return f"api_repeats:{repeat_id}"


_repeats = Table(
    "api_repeats",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("answer_sealed", Sealed(_context, lasts=False), nullable=False),
    Index(None, "at"),
)
_BY_ID = _repeats.c.id == bindparam("repeat_id")
_BEGIN = upsert(_repeats).values(
    id=bindparam("repeat_id"), fingerprint=bindparam("fingerprint"), at=bindparam("at"), answer_sealed=b""
)
_BEGIN_ONCE = _BEGIN.on_conflict_do_nothing()
_GET = select(_repeats).where(_BY_ID)
_END = update(_repeats).where(_BY_ID).values(answer_sealed=bindparam("sealed"))
_FORGET = delete(_repeats).where(_BY_ID, bindparam("before", type_=Utc()) > _repeats.c.at)
_PURGE = oldest(_repeats.c.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """One call that was answered, and its answer."""

    fingerprint: str
    answer: bytes = field(repr=False)


def begin(tx: Tx, repeat_id: str, *, fingerprint: str, at: datetime) -> bool:
    """Claim an id for one call; false when it was claimed before: the affected-row count decides."""
    return tx.change(_BEGIN_ONCE, {"repeat_id": repeat_id, "fingerprint": fingerprint, "at": at}) == 1


def get(tx: Tx, repeat_id: str) -> Repeat | None:
    """Return the call of this id, with its answer."""
    row = tx.one(_GET, {"repeat_id": repeat_id})
    if row is None:
        return None
    try:
        answer = tx.keys.open(row["answer_sealed"], context=_context(repeat_id))
    except UnsealError:  # its key is gone: what was answered cannot be told again
        return None
    return Repeat(fingerprint=row["fingerprint"], answer=answer)


def end(tx: Tx, repeat_id: str, answer: bytes) -> None:
    """Keep the answer of a call."""
    tx.change(_END, {"repeat_id": repeat_id, "sealed": tx.keys.seal(answer, context=_context(repeat_id))})


def forget(tx: Tx, repeat_id: str, *, before: datetime) -> bool:
    """Let go of a call that is older than a moment."""
    return tx.change(_FORGET, {"repeat_id": repeat_id, "before": before}) == 1


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` calls that were answered before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
