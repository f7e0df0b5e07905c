"""The tables of grants, authorization codes and opaque access tokens; bearer values are kept as hashes alone."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Table,
    Text,
    bindparam,
    column,
    exists,
    insert,
    select,
    table,
    type_coerce,
    update,
)

from idp.core.assurance import Evidence
from idp.records.grants.model import AccessToken, AuthorizationCode, Grant, Use
from idp.storage.batches import some
from idp.storage.columns import Json, Utc
from idp.storage.metadata import METADATA
from idp.storage.purging import oldest
from idp.storage.rows import values_of
from idp.storage.tx import Tx

_TEXTS = Json(tuple[str, ...])
grants = Table(
    "grants",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
    Column("client_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("scopes", _TEXTS, nullable=False),
    Column("nonce", Text),
    Column("claims", Text, nullable=False),
    Column("asked_acr", _TEXTS, nullable=False),
    Column("evidence", Json(tuple[Evidence, ...]), nullable=False),
    Column("acr", Text, nullable=False),
    Column("amr", _TEXTS, nullable=False),
    Column("auth_time", Utc, nullable=False),
    Column("lapses_at", Utc),
    Column("wants_auth_time", Boolean, nullable=False),
    Column("decision_id", Text, nullable=False),
    Column("revoked_at", Utc),
    Index(None, "session_id"),
    Index(None, "user_id", "client_id"),
    Index(None, "created_at"),
)
codes = Table(
    "authorization_codes",
    METADATA,
    Column("code_hash", Text, primary_key=True),
    Column("grant_id", Text, ForeignKey("grants.id"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("redirect_uri", Text, nullable=False),
    Column("code_challenge", Text, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("spent_at", Utc),
    Index(None, "grant_id"),
    Index(None, "expires_at"),
)
access_tokens = Table(
    "access_tokens",
    METADATA,
    Column("token_hash", Text, primary_key=True),
    Column("grant_id", Text, ForeignKey("grants.id"), nullable=False),
    Column("client_id", Text, nullable=False),
    Column("scopes", _TEXTS, nullable=False),
    Column("issued_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Index(None, "grant_id"),
    Index(None, "expires_at"),
)

_NOW = bindparam("now", type_=Utc())
_ADD_GRANT = insert(grants)
_GET_GRANT = select(grants).where(grants.c.id == bindparam("grant_id"))
_NOT_REVOKED = grants.c.revoked_at.is_(None)
_REVOKE_GRANT = (
    update(grants).where(grants.c.id == bindparam("grant_id"), _NOT_REVOKED).values(revoked_at=bindparam("at"))
)
_REVOKE_SESSION = (
    update(grants)
    .where(grants.c.session_id == bindparam("of_session"), _NOT_REVOKED)
    .values(revoked_at=bindparam("at"))
)
_REVOKE_ALL = (
    update(grants).where(grants.c.user_id == bindparam("of_user"), _NOT_REVOKED).values(revoked_at=bindparam("at"))
)
_REVOKE_SESSION_SPARING = _REVOKE_SESSION.where(
    type_coerce(grants.c.scopes, Text).not_like(bindparam("spared", type_=Text()))
)
_REVOKE_CLIENT = _REVOKE_ALL.where(grants.c.client_id == bindparam("of_client"))
_REVOKE_SOME = (
    update(grants)
    .where(some(grants.c.id, _NOT_REVOKED, grants.c.created_at <= bindparam("at")))
    .values(revoked_at=bindparam("at"))
)
_LIST_CLIENTS = (
    select(grants.c.client_id, grants.c.scopes, grants.c.created_at)
    .where(grants.c.user_id == bindparam("of_user"), _NOT_REVOKED)
    .order_by(grants.c.created_at.desc())
    .limit(bindparam("limit"))
)
_ADD_CODE = insert(codes)
_CONSUME_CODE = (
    update(codes)
    .where(codes.c.code_hash == bindparam("of_hash"), codes.c.spent_at.is_(None), codes.c.expires_at > _NOW)
    .values(spent_at=_NOW)
)
_ADD_ACCESS_TOKEN = insert(access_tokens)
_PURGE_CODES = oldest(codes.c.expires_at)
_PURGE_ACCESS_TOKENS = oldest(access_tokens.c.expires_at)
_families = table("refresh_families", column("grant_id"))
_NOTHING_HANGS_ON = (
    ~exists().where(codes.c.grant_id == grants.c.id),
    ~exists().where(access_tokens.c.grant_id == grants.c.id),
    ~exists().where(_families.c.grant_id == grants.c.id),
)
_PURGE_GRANTS = oldest(grants.c.created_at, *_NOTHING_HANGS_ON)


def add_grant(tx: Tx, grant: Grant) -> None:
    """Add a grant."""
    tx.change(_ADD_GRANT, values_of(grant))


def get_grant(tx: Tx, grant_id: str) -> Grant | None:
    """Return the grant, revoked ones too."""
    row = tx.one(_GET_GRANT, {"grant_id": grant_id})
    return None if row is None else Grant(**row)


def revoke_grant(tx: Tx, grant_id: str, at: datetime) -> int:
    """Revoke a grant, and with it all that was issued on it; return how many were revoked by this call."""
    return tx.change(_REVOKE_GRANT, {"grant_id": grant_id, "at": at})


def revoke_session(tx: Tx, session_id: str, at: datetime, *, sparing: str = "") -> int:
    """Revoke the grants of a session, those with the scope `sparing` excepted; return how many this call revoked."""
    parameters = {"of_session": session_id, "at": at}
    if not sparing:
        return tx.change(_REVOKE_SESSION, parameters)
    return tx.change(_REVOKE_SESSION_SPARING, {**parameters, "spared": f'%"{sparing}"%'})


def revoke_all(tx: Tx, user_id: str, at: datetime) -> int:
    """Revoke all grants of a person, offline access included; return how many this call revoked."""
    return tx.change(_REVOKE_ALL, {"of_user": user_id, "at": at})


def revoke_some(tx: Tx, at: datetime, *, limit: int) -> int:
    """Revoke some of all grants from before `at` and return how many were revoked by this call."""
    return tx.change(_REVOKE_SOME, {"at": at, "limit": limit})


def revoke_client(tx: Tx, user_id: str, client_id: str, at: datetime) -> int:
    """Revoke all that one person has granted one client; return how many this call revoked."""
    return tx.change(_REVOKE_CLIENT, {"of_user": user_id, "of_client": client_id, "at": at})


def list_clients_of(tx: Tx, user_id: str, *, limit: int = 1000) -> tuple[Use, ...]:
    """Return the clients that hold a grant of this person's which was not revoked, the last used first."""
    found: dict[str, Use] = {}
    for row in tx.all(_LIST_CLIENTS, {"of_user": user_id, "limit": limit}):
        client_id, at = row["client_id"], row["created_at"]
        last = found.get(client_id) or Use(client_id=client_id, scopes=row["scopes"], first_at=at, last_at=at)
        found[client_id] = replace(last, first_at=at)
    return tuple(found.values())


def add_code(tx: Tx, code: AuthorizationCode) -> None:
    """Add a code."""
    tx.change(_ADD_CODE, values_of(code))


def consume_code(tx: Tx, code_hash: str, now: datetime) -> bool:
    """Spend a code: true for one caller alone, and only before it expires (RFC 6749 §4.1.2)."""
    return tx.change(_CONSUME_CODE, {"of_hash": code_hash, "now": now}) == 1


def add_access_token(tx: Tx, token: AccessToken) -> None:
    """Add an access token."""
    tx.change(_ADD_ACCESS_TOKEN, values_of(token))


def purge_codes(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` codes that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE_CODES, {"before": before, "limit": limit})


def purge_access_tokens(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` access tokens that ended before a moment, the oldest first; return how many."""
    return tx.change(_PURGE_ACCESS_TOKENS, {"before": before, "limit": limit})


def purge_grants(tx: Tx, before: datetime, *, limit: int) -> int:
    """Remove up to `limit` grants that were made before a moment and on which nothing hangs; return how many."""
    return tx.change(_PURGE_GRANTS, {"before": before, "limit": limit})
