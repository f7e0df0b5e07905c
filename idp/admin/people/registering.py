"""How a person comes to be through the console's API: without a secret, and with a ticket to begin with (E8).

Whoever may add people vouches for an address only where they say so; any other is proved by its owner later.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from idp.admin.access import Permission
from idp.admin.people.holding import held
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.core.tokens import Tokens
from idp.factors.base import Cost
from idp.factors.email import Email
from idp.login import tickets
from idp.login.lost_factors import UNTIL, issue_code
from idp.login.notices import Notices
from idp.login.policies import Policies
from idp.login.telling import Occasion
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User, email_key, is_address, is_name, is_username
from idp.storage.tx import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """Who is to be added."""

    username: str
    display_name: str = ""
    email: str = ""
    is_email_verified: bool = False
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Something to begin with, shown once."""

    text: str = field(repr=False)
    lasts: timedelta | None = None


class Registering:
    """Adds people, and draws what they begin with."""

    def __init__(self, *, policies: Policies, notices: Notices, clock: Clock, tokens: Tokens, cost: Cost) -> None:
        self._policies = policies
        self._notices = notices
        self._clock = clock
        self._tokens = tokens
        self._cost = cost

    def add(self, tx: Tx, staff: Staff, new: NewPerson) -> User:
        """Add somebody who has nothing to sign in with yet. Raises ConfigError."""
        problems = [*_malformed(new), *_taken(tx, new)]
        if problems:
            raise ConfigError(problems)
        now = self._clock.now()
        user = User(
            id=self._tokens.new_id(),
            username=new.username,
            created_at=now,
            display_name=new.display_name,
            email=new.email,
            email_verified_at=now if new.email and new.is_email_verified else None,
            groups=new.groups,
        )
        users.add(tx, user)
        if user.email_verified_at is not None:
            mailbox = Email().bind(user.email)
            bound = mailbox.bound("email", credential_id=self._tokens.new_id(), user_id=user.id, now=now)
            credentials.add_credential(tx, bound)
        audit.add(tx, staff.event("user.added", at=now, user_id=user.id))
        return user

    def ticket(self, tx: Tx, staff: Staff, user_id: str) -> Drawn:
        """Draw a ticket; those before it are void. Raises ForbiddenError, and NotFoundError."""
        user, now = held(tx, staff, user_id, Permission.MANAGE), self._clock.now()
        text = tickets.issue(tx, user, self._policies.live(tx), tokens=self._tokens, now=now)
        audit.add(tx, staff.event("ticket.issued", at=now, user_id=user.id))
        return Drawn(text=text)

    def temporary_code(self, tx: Tx, staff: Staff, user_id: str) -> Drawn:
        """Draw a code that counts once beside the password (A3), and tell the person, but not the code.

        Raises ForbiddenError, and NotFoundError.
        """
        user, now = held(tx, staff, user_id), self._clock.now()
        text, lasts = issue_code(tx, user, self._policies.live(tx), cost=self._cost, tokens=self._tokens, now=now)
        self._notices.code_drawn(tx, user, now + lasts, Occasion(at=now))
        details = {UNTIL: (now + lasts).isoformat()}
        audit.add(tx, staff.event("temporary_code.issued", at=now, user_id=user.id, details=details))
        return Drawn(text=text, lasts=lasts)


def renamed(tx: Tx, staff: Staff, user: User, *, display_name: str, groups: tuple[str, ...], now: datetime) -> User:
    """Change name and groups of somebody who is held. Raises ConfigError."""
    problems = _malformed(NewPerson(username=user.username, display_name=display_name, groups=groups))
    if problems:
        raise ConfigError(problems)
    changed = replace(user, display_name=display_name, groups=groups, updated_at=now)
    if not users.save(tx, changed):  # pragma: no cover - who is held cannot have gone
        raise NotFoundError
    audit.add(tx, staff.event("user.changed", at=now, user_id=user.id))
    return changed


def _malformed(new: NewPerson) -> list[Problem]:
    found = []
    if not is_username(new.username):
        found.append(Problem("must be 1 to 128 printable characters without spaces around them", key="username"))
    if not is_name(new.display_name):
        found.append(Problem("must be at most 100 printable characters", key="display_name"))
    if new.email and not is_address(new.email):
        found.append(Problem("must be an e-mail address", key="email"))
    if any(not group or not is_name(group) or " " in group for group in new.groups):
        found.append(Problem("must be words without spaces", key="groups"))
    return found


def _taken(tx: Tx, new: NewPerson) -> list[Problem]:
    found = []
    if is_username(new.username) and users.get_by_username(tx, new.username) is not None:
        found.append(Problem("is taken", key="username"))
    if new.email and users.taken_emails(tx, (email_key(new.email),)):
        found.append(Problem("belongs to somebody else", key="email"))
    return found
