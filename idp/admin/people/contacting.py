"""Changing where somebody is reached, for them. Nobody vouches for an address of an account that exists (ENR-26).

What is written down here is not proven: no code and no link goes to it before its owner has proved it, so that whoever
looks after people cannot enter an account by a mailbox of their own. The address before is told, and no longer counts.
"""

from dataclasses import replace
from functools import partial

from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import ConfigError, NotFoundError, Problem, Rejected
from idp.factors import phone_number
from idp.factors.email import Email
from idp.login import letters, trusting
from idp.login.telling import Occasion, Telling
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.links import store as links
from idp.records.users.links.model import Purpose
from idp.records.users.model import User, email_key, is_address
from idp.storage.tx import Tx

_NOWHERE = "—"


class Contacting:
    """Changes addresses and numbers."""

    def __init__(self, *, telling: Telling, clock: Clock) -> None:
        self._telling = telling
        self._clock = clock

    def change(self, tx: Tx, staff: Staff, user: User, *, email: str, phone: str) -> User:
        """Write down other ones of somebody who is held; empty: none. What is as it was stays proven.

        Raises ConfigError, naming each that may not be.
        """
        problems = [*_wrong_email(tx, user, email)]
        number = phone if phone in ("", user.phone) else phone_number.normalised(phone, is_called=True)
        if isinstance(number, Rejected):
            problems.append(Problem("must be a telephone number such as +81312345678", key="phone"))
        if problems or isinstance(number, Rejected):
            raise ConfigError(problems)
        changed = self._with_email(tx, staff, user, email) if email != user.email else user
        return self._with_phone(tx, staff, changed, number) if number != user.phone else changed

    def _with_email(self, tx: Tx, staff: Staff, user: User, email: str) -> User:
        now = self._clock.now()
        self._tell(tx, user, letters.Contact.ADDRESS_CHANGED, Email().masked(email) if email else _NOWHERE)
        for held in credentials.list_credentials(tx, user.id):
            if held.factor == Email.name:
                credentials.remove_credential(tx, held.id, user.id)
        trusting.void_all(tx, user.id, why="factors_changed", address=staff.address, now=now)
        # What was mailed to the old address opens nothing any more (ENR-13).
        links.void(tx, user.id, Purpose.RESET)
        changed = replace(user, email=email, email_verified_at=None, updated_at=now)
        return self._saved(tx, staff, changed, "user.email.changed")

    def _with_phone(self, tx: Tx, staff: Staff, user: User, number: str) -> User:
        shown = phone_number.masked(number) if number else _NOWHERE
        self._tell(tx, user, letters.Contact.NUMBER_CHANGED, shown)
        changed = replace(user, phone=number, phone_verified_at=None, updated_at=self._clock.now())
        return self._saved(tx, staff, changed, "user.phone.changed")

    def _tell(self, tx: Tx, user: User, change: letters.Contact, to: str) -> None:
        self._telling.tell(tx, user, partial(letters.contact, change=change, to=to), Occasion(at=self._clock.now()))

    def _saved(self, tx: Tx, staff: Staff, changed: User, name: str) -> User:
        if not users.save(tx, changed):  # pragma: no cover - who is held cannot have gone
            raise NotFoundError
        audit.add(tx, staff.event(name, at=self._clock.now(), user_id=changed.id))
        return changed


def _wrong_email(tx: Tx, user: User, email: str) -> list[Problem]:
    if email in ("", user.email):
        return []
    if not is_address(email):
        return [Problem("must be an e-mail address", key="email")]
    key = email_key(email)
    is_taken = key != email_key(user.email) and key in users.taken_emails(tx, [key])
    return [Problem("belongs to somebody else", key="email")] if is_taken else []
