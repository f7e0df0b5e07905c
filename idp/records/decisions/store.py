"""The table of decision records: written, read, never changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Column, Index, Integer, Table, Text, bindparam, func, insert, or_, select

from idp.records.decisions.model import DecisionRecord
from idp.storage.columns import Json, Utc
from idp.storage.handfuls import ANY, among
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

END = datetime.fromisoformat("9999-12-31T00:00:00+00:00")
"""Later than anything: a page that begins with the newest."""
_TEXTS = Json(tuple[str, ...])
_decisions = Table(
    "decisions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("bundle_version", Text, nullable=False),
    Column("gate", Text, nullable=False),
    Column("interaction_id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("required", _TEXTS, nullable=False),
    Column("achieved", Text, nullable=False),
    Column("because", _TEXTS, nullable=False),
    Column("reasons", _TEXTS, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("latency_us", Integer, nullable=False),
    Column("shadow_version", Text, nullable=False, server_default=""),
    Column("shadow_effect", Text, nullable=False, server_default=""),
    Index(None, "at"),
    Index(None, "user_id", "at"),
)

_ADD = insert(_decisions)
_AT, _ID = _decisions.c.at, _decisions.c.id
_PAST = (
    select(_ID, _AT, _decisions.c.client_id, _decisions.c.snapshot, _decisions.c.outcome)
    .where(bindparam("after_at", type_=Utc) <= _AT)
    .where(or_(bindparam("after_at", type_=Utc) < _AT, bindparam("after_id") < _ID))
    .where(bindparam("until", type_=Utc) > _AT)
    .order_by(_AT, _ID)
    .limit(bindparam("limit"))
)
_COMPARED = (
    select(_decisions.c.shadow_effect, _decisions.c.client_id, func.count().label("total"))
    .where(bindparam("since", type_=Utc) <= _AT, _decisions.c.shadow_version == bindparam("version"))
    .group_by(_decisions.c.shadow_effect, _decisions.c.client_id)
)
_DIFFERING = (
    select(_decisions)
    .where(_decisions.c.shadow_version == bindparam("version"), _decisions.c.shadow_effect != "")
    .order_by(_AT.desc(), _ID)
    .limit(bindparam("limit"))
)
_PURGE = oldest(_AT)
_COUNT_PAST = select(func.count().label("total")).where(
    bindparam("since", type_=Utc) <= _AT, bindparam("until", type_=Utc) > _AT
)
_GET = select(_decisions).where(_decisions.c.id == bindparam("id"))
_LIST = select(_decisions).order_by(_decisions.c.at.desc(), _decisions.c.id).limit(bindparam("limit"))
_USER, _CLIENT = bindparam("user_id", type_=Text()), bindparam("client_id", type_=Text())
_BEFORE, _OUTCOME = bindparam("before_at", type_=Utc()), bindparam("outcome", type_=Text())
_PAGE = _LIST.where(
    or_(_USER.is_(None), _decisions.c.user_id == _USER),
    or_(_CLIENT.is_(None), _decisions.c.client_id == _CLIENT),
    or_(_OUTCOME.is_(None), _decisions.c.outcome == _OUTCOME),
    _AT <= _BEFORE,
    or_(_AT < _BEFORE, bindparam("after_id") < _ID),
)
_BY_ID = select(_decisions).where(_decisions.c.id.in_(ANY))
_LIST_OF = _LIST.where(_decisions.c.user_id == bindparam("user_id"))


def add(tx: Tx, record: DecisionRecord) -> None:
    """Add a record."""
    tx.change(_ADD, values_of(record))


def get(tx: Tx, decision_id: str) -> DecisionRecord | None:
    """Return the record."""
    row = tx.one(_GET, {"id": decision_id})
    return None if row is None else DecisionRecord(**row)


def by_id(tx: Tx, ids: Iterable[str]) -> Mapping[str, DecisionRecord]:
    """Return those of these records that there are, by their ids."""
    return {row["id"]: DecisionRecord(**row) for row in among(tx, _BY_ID, tuple(ids))}


def list_decisions(tx: Tx, *, limit: int, user_id: str | None = None) -> tuple[DecisionRecord, ...]:
    """Return records, newest first, of everybody or of one person."""
    statement = _LIST if user_id is None else _LIST_OF
    return tuple(DecisionRecord(**row) for row in tx.all(statement, {"limit": limit, "user_id": user_id}))


def list_page(
    tx: Tx,
    *,
    limit: int,
    before: tuple[datetime, str] = (END, ""),
    user_id: str | None = None,
    client_id: str | None = None,
    outcome: str | None = None,
) -> tuple[DecisionRecord, ...]:
    """Return records, newest first, those behind a moment and id: all, or of one person, one client, one outcome."""
    wanted = {"limit": limit, "user_id": user_id, "client_id": client_id, "outcome": outcome}
    rows = tx.all(_PAGE, {**wanted, "before_at": before[0], "after_id": before[1]})
    return tuple(DecisionRecord(**row) for row in rows)


def list_past(
    tx: Tx, *, after: tuple[datetime, str], until: datetime, limit: int
) -> tuple[tuple[datetime, str, str, str, str], ...]:
    """Return moment, id, client, snapshot and outcome of records in their order, those behind a moment and id."""
    rows = tx.all(_PAST, {"after_at": after[0], "after_id": after[1], "until": until, "limit": limit})
    return tuple((row["at"], row["id"], row["client_id"], row["snapshot"], row["outcome"]) for row in rows)


def count_past(tx: Tx, *, since: datetime, until: datetime) -> int:
    """Return how many records were made between two moments."""
    row = tx.one(_COUNT_PAST, {"since": since, "until": until})
    return int(row["total"]) if row else 0


def count_compared(tx: Tx, version: str, *, since: datetime) -> tuple[tuple[str, str, int], ...]:
    """Return how often a shadow was compared since a moment: effect (empty: alike), client, count."""
    rows = tx.all(_COMPARED, {"version": version, "since": since})
    return tuple((row["shadow_effect"], row["client_id"], row["total"]) for row in rows)


def list_differing(tx: Tx, version: str, *, limit: int) -> tuple[DecisionRecord, ...]:
    """Return records that a shadow would have changed, newest first."""
    return tuple(DecisionRecord(**row) for row in tx.all(_DIFFERING, {"version": version, "limit": limit}))


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` records that were made before a moment, the oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})
