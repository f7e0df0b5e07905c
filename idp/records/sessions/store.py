"""The tables of browser sessions, and of the clients each has been used with.

Each single sign-on writes when a session was used. Beside that moment stands its hour, which is indexed: it changes
seldom, so nearly every use changes the row in place, in no index (PostgreSQL, heap-only tuples).
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import datetime

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, bindparam, insert, select, update

from idp.core.assurance import Evidence
from idp.records.sessions.model import Session, Use
from idp.storage.columns import Json, Utc
from idp.storage.handfuls import ANY, among, handfuls
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.statements import upsert
from idp.storage.tx import Row, Tx

sessions = Table(
    "sessions",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("secret_hash", Text, nullable=False, unique=True),
    Column("user_id", Text, nullable=False),
    Column("evidence", Json(tuple[Evidence, ...]), nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Column("version", Integer, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("seen_hour", Integer, nullable=False, server_default="0"),
    Index(None, "user_id"),
    Index(None, "expires_at"),
    Index(None, "address", "created_at"),
)
_IS_OPEN = sessions.c.ended_at.is_(None)
Index("ix_sessions_open", sessions.c.created_at, sessions.c.id, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)
Index("ix_sessions_seen", sessions.c.seen_hour, sqlite_where=_IS_OPEN, postgresql_where=_IS_OPEN)
SHOWN = select(*(sessions.c[field.name] for field in fields(Session)))
"""What of a row makes a session."""
session_clients = Table(
    "session_clients",
    METADATA,
    Column("session_id", Text, ForeignKey("sessions.id", ondelete="CASCADE"), primary_key=True),
    Column("client_id", Text, primary_key=True),
    Column("first_used_at", Utc, nullable=False),
    Index(None, "client_id"),
)

_NOW, _HOUR = bindparam("now", type_=Utc()), bindparam("hour", type_=Integer())
_BY_ID = sessions.c.id == bindparam("session_id")
_GET = SHOWN.where(_BY_ID)
_GET_BY_SECRET = SHOWN.where(sessions.c.secret_hash == bindparam("secret_hash"), _IS_OPEN)
_LIST = SHOWN.where(sessions.c.user_id == bindparam("user_id"), _IS_OPEN).order_by(
    sessions.c.seen_at.desc(), sessions.c.id
)
_ADD = insert(sessions)
_RAISE = (
    update(sessions)
    .where(_BY_ID, sessions.c.version == bindparam("version_read"), _IS_OPEN, sessions.c.expires_at > _NOW)
    .values(
        secret_hash=bindparam("secret_hash"),
        evidence=bindparam("evidence"),
        seen_at=_NOW,
        seen_hour=_HOUR,
        user_agent=bindparam("user_agent"),
        address=bindparam("address"),
        version=sessions.c.version + 1,
    )
)
_TOUCH = update(sessions).where(_BY_ID, _IS_OPEN, sessions.c.seen_at < _NOW).values(seen_at=_NOW, seen_hour=_HOUR)
_END = update(sessions).where(_BY_ID, _IS_OPEN).values(ended_at=bindparam("at"))
_END_THESE = update(sessions).where(sessions.c.id.in_(ANY), _IS_OPEN).values(ended_at=bindparam("at"))
_SOME = SHOWN.where(_IS_OPEN, sessions.c.created_at <= bindparam("before", type_=Utc())).limit(
    bindparam("limit", type_=Integer())
)
_NOTE_CLIENT = upsert(session_clients).on_conflict_do_nothing()
_LIST_CLIENTS = (
    select(session_clients.c.client_id)
    .where(session_clients.c.session_id == bindparam("session_id"))
    .order_by(session_clients.c.first_used_at, session_clients.c.client_id)
)
_USES = (
    select(session_clients)
    .where(session_clients.c.session_id.in_(ANY))
    .order_by(session_clients.c.first_used_at, session_clients.c.client_id)
)
_PURGE = oldest(sessions.c.expires_at)


def hour_of(moment: datetime) -> int:
    """Return the hour that a moment is in, counted from 1970."""
    return int(moment.timestamp() // 3600)


def get(tx: Tx, session_id: str) -> Session | None:
    """Return the session with this `sid`, ended ones too."""
    return tx.made(_GET, {"session_id": session_id}, _first)


def get_by_secret(tx: Tx, secret_hash: str) -> Session | None:
    """Return the session that a cookie opens, unless it was ended; whether it has expired is the caller's question."""
    return tx.made(_GET_BY_SECRET, {"secret_hash": secret_hash}, _first)


def add(tx: Tx, session: Session) -> None:
    """Add a session."""
    tx.change(_ADD, {**values_of(session), "seen_hour": hour_of(session.seen_at)})


def raise_(
    tx: Tx,
    session_id: str,
    *,
    version: int,
    secret_hash: str,
    evidence: tuple[Evidence, ...],
    user_agent: str,
    address: str,
    now: datetime,
) -> bool:
    """Give a living session new evidence and a new secret; false when it has changed, ended or expired since.

    The old secret opens nothing from then on (session fixation).
    """
    parameters = {
        "session_id": session_id,
        "version_read": version,
        "secret_hash": secret_hash,
        "evidence": evidence,
        "user_agent": user_agent,
        "address": address,
        "now": now,
        "hour": hour_of(now),
    }
    return tx.change(_RAISE, parameters) == 1


def touch(tx: Tx, session_id: str, now: datetime) -> None:
    """Note that the session was used; the moment only moves forward."""
    tx.change(_TOUCH, {"session_id": session_id, "now": now, "hour": hour_of(now)})


def end(tx: Tx, session_id: str, at: datetime) -> bool:
    """End a session; false when it had ended before. For `idp.login.ending` alone, which lets it be known."""
    return tx.change(_END, {"session_id": session_id, "at": at}) == 1


def end_these(tx: Tx, session_ids: Sequence[str], at: datetime) -> None:
    """End many at once, for the same caller."""
    for parameters in handfuls(session_ids):
        tx.change(_END_THESE, parameters | {"at": at})


def list_sessions(tx: Tx, user_id: str) -> tuple[Session, ...]:
    """Return a person's sessions that were not ended, last used first."""
    return tuple(Session(**row) for row in tx.all(_LIST, {"user_id": user_id}))


def note_client(tx: Tx, session_id: str, client_id: str, at: datetime) -> None:
    """Remember that this session was used with this client; the first time counts."""
    tx.change(_NOTE_CLIENT, {"session_id": session_id, "client_id": client_id, "first_used_at": at})


def list_clients_of(tx: Tx, session_id: str) -> tuple[str, ...]:
    """Return the clients this session was used with, first used first (OIDC Back-Channel Logout 1.0 §2.3)."""
    return tuple(row["client_id"] for row in tx.all(_LIST_CLIENTS, {"session_id": session_id}))


def list_uses(tx: Tx, session_ids: Sequence[str]) -> Iterator[Use]:
    """Yield with which clients each of these sessions was used, first used first."""
    return (Use(**row) for row in among(tx, _USES, session_ids))


def list_some(tx: Tx, before: datetime, *, limit: int) -> tuple[Session, ...]:
    """Return some of all open sessions from before a moment, whichever."""
    return tuple(Session(**row) for row in tx.all(_SOME, {"before": before, "limit": limit}))


def purge(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` sessions that ended before a moment, and their clients, oldest first; return how many."""
    return tx.change(_PURGE, {"before": before, "limit": limit})


def _first(rows: Sequence[Row]) -> Session:
    return Session(**rows[0])
