"""The table of people."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import (
    Column,
    Index,
    Table,
    Text,
    bindparam,
    insert,
    select,
    update,
)

from idp.records.users.model import MAX_TYPED, User, email_key, username_key
from idp.storage.columns import Json, Utc
from idp.storage.handfuls import ANY, among
from idp.storage.metadata import METADATA
from idp.storage.rows import values_of
from idp.storage.tx import Row, Tx

people = Table(
    "users",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("username", Text, nullable=False),
    Column("username_key", Text, nullable=False, unique=True),
    Column("created_at", Utc, nullable=False),
    Column("display_name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("email_verified_at", Utc),
    Column("phone", Text, nullable=False),
    Column("phone_verified_at", Utc),
    Column("groups", Json(tuple[str, ...]), nullable=False),
    Column("roles", Json(tuple[str, ...]), nullable=False),
    Column("locale", Text, nullable=False),
    Column("claims", Json(tuple[tuple[str, str], ...]), nullable=False),
    Column("updated_at", Utc),
    Column("signed_in_at", Utc),
    Column("disabled_at", Utc),
    Column("recovering_until", Utc),
    Column("reported_at", Utc),
    Column("must_enrol_at", Utc),
    Column("methods_taken_at", Utc),
    Index(None, "email_key"),
)
_KEYS = ("username_key", "email_key")
_KEPT = (
    "id",
    "created_at",
    "signed_in_at",
    "disabled_at",
    "recovering_until",
    "reported_at",
    "must_enrol_at",
    "methods_taken_at",
)
"""What `save` leaves alone, so that an edited profile undoes no sign-in, suspension, recovery, report or demand."""

SHOWN = select(*(column for column in people.c if column.name not in _KEYS))
"""All of a person, as whoever else looks for people reads it."""
_GET = SHOWN.where(people.c.id == bindparam("id"))
_GET_BY_USERNAME = SHOWN.where(people.c.username_key == bindparam("key"))
_GET_BY_EMAIL = SHOWN.where(people.c.email_key == bindparam("key")).limit(2)
_TAKEN_USERNAMES = select(people.c.username_key).where(people.c.username_key.in_(ANY))
_TAKEN_EMAILS = select(people.c.email_key).where(people.c.email_key.in_(ANY))
_ADD = insert(people)
_SAVE = (
    update(people)
    .where(people.c.id == bindparam("user_id"))
    .values({column.name: bindparam(column.name) for column in people.c if column.name not in _KEPT})
)
_SET_DISABLED = update(people).where(people.c.id == bindparam("user_id")).values(disabled_at=bindparam("at"))
_NOTE_SIGN_IN = update(people).where(people.c.id == bindparam("user_id")).values(signed_in_at=bindparam("at"))
_SET_RECOVERING = update(people).where(people.c.id == bindparam("user_id")).values(recovering_until=bindparam("until"))
_SET_REPORTED = update(people).where(people.c.id == bindparam("user_id")).values(reported_at=bindparam("at"))
_SET_MUST_ENROL = update(people).where(people.c.id == bindparam("user_id")).values(must_enrol_at=bindparam("at"))
_SET_METHODS_TAKEN = update(people).where(people.c.id == bindparam("user_id")).values(methods_taken_at=bindparam("at"))
_PROVEN_EMAILS = _TAKEN_EMAILS.where(people.c.email_verified_at.is_not(None))
_LIST_UNPROVEN = select(people.c.id).where(people.c.email_key == bindparam("key"), people.c.email_verified_at.is_(None))
_DISOWN = (
    update(people)
    .where(people.c.id == bindparam("user_id"))
    .values(
        username=bindparam("username"),
        username_key=bindparam("username_key"),
        email="",
        email_key="",
        email_verified_at=None,
    )
)
_HOLD = update(people).where(people.c.id == bindparam("user_id")).values(id=people.c.id)


def get(tx: Tx, user_id: str) -> User | None:
    """Return the person."""
    return tx.made(_GET, {"id": user_id}, _first)


def get_by_username(tx: Tx, username: str) -> User | None:
    """Return the person with this username, however it is spelled (`username_key`)."""
    row = tx.one(_GET_BY_USERNAME, {"key": username_key(username)}) if len(username) <= MAX_TYPED else None
    return None if row is None else User(**row)


def taken_usernames(tx: Tx, keys: Sequence[str]) -> frozenset[str]:
    """Return those of these `username_key`s that somebody has."""
    return frozenset(row["username_key"] for row in among(tx, _TAKEN_USERNAMES, keys))


def taken_emails(tx: Tx, keys: Sequence[str]) -> frozenset[str]:
    """Return those of these `email_key`s that somebody has."""
    return frozenset(row["email_key"] for row in among(tx, _TAKEN_EMAILS, keys))


def proven_emails(tx: Tx, keys: Sequence[str]) -> frozenset[str]:
    """Return those of these `email_key`s that are proved to be somebody's."""
    return frozenset(row["email_key"] for row in among(tx, _PROVEN_EMAILS, keys))


def list_unproven(tx: Tx, key: str) -> tuple[str, ...]:
    """Return the ids of those for whom an address with this `email_key` was written down and never proved."""
    return tuple(row["id"] for row in tx.all(_LIST_UNPROVEN, {"key": key}))


def get_by_email(tx: Tx, email: str) -> User | None:
    """Return the one person with this address; None too when several have it, for then it names nobody."""
    rows = tx.all(_GET_BY_EMAIL, {"key": email_key(email)}) if email else ()
    return User(**rows[0]) if len(rows) == 1 else None


def add(tx: Tx, user: User) -> None:
    """Add a person. Raises ConflictError when the id or the username is taken."""
    tx.change(_ADD, _parameters(user))


def add_all(tx: Tx, added: Sequence[User]) -> None:
    """Add people. Raises ConflictError when an id or a username is taken."""
    tx.change(_ADD, [_parameters(user) for user in added])


def save(tx: Tx, user: User) -> bool:
    """Save name, contacts, groups, roles and claims; tell whether there is such a person. Raises ConflictError."""
    return tx.change(_SAVE, _parameters(user) | {"user_id": user.id}) == 1


def set_disabled(tx: Tx, user_id: str, at: datetime | None) -> bool:
    """Suspend a person, or with None let them in again; tell whether there is such a person."""
    return tx.change(_SET_DISABLED, {"user_id": user_id, "at": at}) == 1


def note_sign_in(tx: Tx, user_id: str, at: datetime) -> None:
    """Remember when the person last signed in."""
    tx.change(_NOTE_SIGN_IN, {"user_id": user_id, "at": at})


def set_recovering(tx: Tx, user_id: str, until: datetime | None) -> None:
    """Remember until when a recovery of this person cools off; None: there is none."""
    tx.change(_SET_RECOVERING, {"user_id": user_id, "until": until})


def set_reported(tx: Tx, user_id: str, at: datetime | None) -> None:
    """Remember when the person said that something was not them; None: they have proved themselves since."""
    tx.change(_SET_REPORTED, {"user_id": user_id, "at": at})


def set_must_enrol(tx: Tx, user_id: str, at: datetime | None) -> None:
    """Remember when somebody asked that the person sets up a second step; None: nobody does, or they have."""
    tx.change(_SET_MUST_ENROL, {"user_id": user_id, "at": at})


def set_methods_taken(tx: Tx, user_id: str, at: datetime | None) -> None:
    """Remember when sign-in methods of the person were taken away; None: their password may stand alone."""
    tx.change(_SET_METHODS_TAKEN, {"user_id": user_id, "at": at})


def disown(tx: Tx, user_id: str, *, username: str) -> None:
    """Take the e-mail address away, and where it is one, the username."""
    tx.change(_DISOWN, {"user_id": user_id, "username": username, "username_key": username_key(username)})


def erase(tx: Tx, user_id: str, at: datetime) -> None:
    """Leave of a person the id alone, shut out, so that nobody is ever given it again (ENR-25)."""
    save(tx, User(id=user_id, username=user_id, created_at=at, updated_at=at))
    set_disabled(tx, user_id, at)


def hold(tx: Tx, user_id: str) -> None:
    """Make other changes to what this person has wait until this transaction is over.

    Whoever changes more than one row of a person's holds the person before all else: where some began at the
    credential and others at the person, PostgreSQL would end one of two by a deadlock.
    """
    tx.change(_HOLD, {"user_id": user_id})


def _first(rows: Sequence[Row]) -> User:
    return User(**rows[0])


def _parameters(user: User) -> dict[str, object]:
    return values_of(user) | {"username_key": username_key(user.username), "email_key": email_key(user.email)}
