"""How a person comes to be: the record, the password, the authenticator app, and the event, in one transaction."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.core.tokens import Tokens
from idp.factors.base import NewCredential
from idp.factors.email import Email
from idp.factors.sms import Sms
from idp.factors.totp import TotpMaterial
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.finding import store as finding
from idp.records.users.model import User
from idp.storage.tx import Tx

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Who is to be added.

    Addresses given here are taken as proven, so that codes can be sent to them: whoever may add people vouches for
    them.
    """

    username: str
    display_name: str = ""
    email: str = ""
    phone: str = ""
    has_texts: bool = True
    """Whether codes may be sent to the phone."""
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    totp_secret: str = field(default="", repr=False)


def everybody(tx: Tx) -> Iterator[User]:
    """Yield all people in the order of their usernames, a page at a time."""
    after = ""
    while page := finding.list_after(tx, "", limit=_PAGE, after=after):
        yield from page
        after = page[-1].username


def get_person(tx: Tx, username: str) -> User:
    """Return the person of this name. Raises NotFoundError."""
    found = users.get_by_username(tx, username)
    if found is None:
        raise NotFoundError(f"there is nobody called {username}")
    return found


class People:
    """Adds people."""

    def __init__(self, *, tokens: Tokens) -> None:
        self._tokens = tokens

    def add(self, tx: Tx, person: NewPerson, password: NewCredential, *, now: datetime) -> User:
        """Store the person with what proves them; raise ConfigError when that may not be."""
        if users.get_by_username(tx, person.username) is not None:
            raise ConfigError([Problem("is taken", key="username")])
        if person.email and users.get_by_email(tx, person.email) is not None:
            raise ConfigError([Problem("belongs to somebody else", key="email")])
        user = self._user(person, now)
        users.add(tx, user)
        self._store(tx, user, "password", password)
        for factor, new in _proven(person):
            self._store(tx, user, factor, new)
        audit.add(tx, Event(name="user.added", at=now, user_id=user.id))
        return user

    def _store(self, tx: Tx, user: User, factor: str, new: NewCredential) -> None:
        credential = new.bound(factor, credential_id=self._tokens.new_id(), user_id=user.id, now=user.created_at)
        credentials.add_credential(tx, credential)

    def _user(self, person: NewPerson, now: datetime) -> User:
        return User(
            id=self._tokens.new_id(),
            username=person.username,
            created_at=now,
            display_name=person.display_name,
            email=person.email,
            email_verified_at=now if person.email else None,
            phone=person.phone,
            phone_verified_at=now if person.phone else None,
            groups=person.groups,
            roles=person.roles,
        )


def _proven(person: NewPerson) -> Iterator[tuple[str, NewCredential]]:
    """Yield what proves the person beside the password, by factor."""
    if person.totp_secret:
        material = TotpMaterial(secret=person.totp_secret).encoded()
        yield "totp", NewCredential(channel="", material=material)
    if person.phone and person.has_texts:
        yield "sms", Sms().bind(person.phone)
    if person.email:
        yield "email", Email().bind(person.email)
