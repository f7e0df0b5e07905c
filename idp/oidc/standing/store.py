"""What lies behind a token, read by one statement: its grant, the person, their session and what they hold.

There is a row for each credential, and one where there is none. What the rows are made into is remembered while the
same rows are read (`Tx.made`): the database is asked every time, and only what follows from its answer is spared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Column, FromClause, Select, Text, bindparam, select

from idp.oidc.standing.model import Behind
from idp.records.grants.families.model import Family
from idp.records.grants.families.store import families
from idp.records.grants.model import AccessToken, AuthorizationCode, Grant
from idp.records.grants.revocations.store import is_live
from idp.records.grants.store import access_tokens, codes, grants
from idp.records.sessions.store import sessions
from idp.records.users.credentials.model import Held
from idp.records.users.credentials.store import credentials
from idp.records.users.model import User
from idp.records.users.store import people
from idp.storage.tx import Row, Tx

_TABLES: Mapping[type, FromClause] = {
    AccessToken: access_tokens,
    AuthorizationCode: codes,
    Family: families,
    Grant: grants,
    User: people,
    Held: credentials,
}
_LABELS = {kind: {f"{kind.__name__}.{each.name}": each.name for each in fields(kind)} for kind in _TABLES}
_SESSION_ENDS_AT = "Session.expires_at"


def _columns(kind: type) -> list[Any]:
    return [_TABLES[kind].c[name].label(label) for label, name in _LABELS[kind].items()]


def _behind(*beside: type, start: FromClause) -> Select[Any]:
    """Return the statement that reads all of it from `start` on, with what lies beside it."""
    columns = [column for kind in (*beside, Grant, User, Held) for column in _columns(kind)]
    return (
        select(*columns, sessions.c.expires_at.label(_SESSION_ENDS_AT))
        .select_from(start)
        .outerjoin(people, people.c.id == grants.c.user_id)
        .outerjoin(sessions, (sessions.c.id == grants.c.session_id) & sessions.c.ended_at.is_(None))
        .outerjoin(credentials, credentials.c.user_id == grants.c.user_id)
    )


def _is(column: Column[str]) -> Any:
    return column == bindparam("key", type_=Text())


_OF_TOKEN = _behind(AccessToken, start=access_tokens.join(grants)).where(
    _is(access_tokens.c.token_hash), is_live(access_tokens.c.token_hash)
)
_OF_GRANT = _behind(start=grants).where(_is(grants.c.id))
_OF_SIGNED = _OF_GRANT.where(is_live(bindparam("id_hash", type_=Text())))
_OF_CODE = _behind(AuthorizationCode, start=codes.join(grants)).where(_is(codes.c.code_hash))
_OF_FAMILY = _behind(Family, start=families.join(grants)).where(_is(families.c.id))


def of_token(tx: Tx, token_hash: str) -> tuple[AccessToken, Behind] | None:
    """Return an opaque token and what lies behind it, unless it was revoked singly.

    Whether it has expired, and what of the rest still stands, is the caller's question.
    """
    return tx.made(_OF_TOKEN, {"key": token_hash}, lambda rows: (_part(AccessToken, rows[0]), _made(rows)))


def of_signed(tx: Tx, grant_id: str, id_hash: str) -> Behind | None:
    """Return what lies behind a signed token that names this grant, unless it was revoked singly."""
    return tx.made(_OF_SIGNED, {"key": grant_id, "id_hash": id_hash}, _made)


def of_grant(tx: Tx, grant_id: str) -> Behind | None:
    """Return what lies behind a grant."""
    return tx.made(_OF_GRANT, {"key": grant_id}, _made)


def of_code(tx: Tx, code_hash: str) -> tuple[AuthorizationCode, Behind] | None:
    """Return a code and what lies behind it; a spent one too, so that a replay is seen for what it is.

    RFC 6749 §4.1.2. Nothing is remembered, as nobody asks twice.
    """
    rows = tx.all(_OF_CODE, {"key": code_hash})
    return (_part(AuthorizationCode, rows[0]), _made(rows)) if rows else None


def of_family(tx: Tx, family_id: str) -> tuple[Family, Behind] | None:
    """Return a refresh family and what lies behind it; nothing is remembered, as each use changes it."""
    rows = tx.all(_OF_FAMILY, {"key": family_id})
    return (_part(Family, rows[0]), _made(rows)) if rows else None


def _made(rows: Sequence[Row]) -> Behind:
    first = rows[0]
    return Behind(
        grant=_part(Grant, first),
        user=_part(User, first) if first["User.id"] is not None else None,
        session_ends_at=first[_SESSION_ENDS_AT],
        held=tuple(_part(Held, row) for row in rows if row["Held.id"] is not None),
    )


def _part(kind: type, row: Row) -> Any:
    return kind(**{name: row[label] for label, name in _LABELS[kind].items()})
