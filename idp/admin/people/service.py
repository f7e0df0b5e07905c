"""What administrators see of people, and what they can do for them: always by taking away, never by planting (ENR-26).

Whoever is changed here is told at their proven mailbox where a sign-in method was taken.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.admin.listing import SIZE, Listing
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import ForbiddenError
from idp.login import budget
from idp.login.ending import end_everything
from idp.login.notices import Notices
from idp.login.policies import Policies
from idp.login.situation import is_live
from idp.login.telling import Occasion
from idp.records.audit import store as audit
from idp.records.audit.model import Entry
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.records.devices.trusted import store as trusted
from idp.records.devices.trusted.model import TrustedDevice
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx

SHOWN = 20
"""Decisions and events on a person's page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One sign-in method: that it is there, and nothing of what it is."""

    factor: str
    label: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Attempts of one family that are counted or stopped now."""

    family: str
    failures: int
    is_closed: bool
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that the console shows of one person."""

    user: User
    held: tuple[Held, ...]
    locks: tuple[Lock, ...]
    sessions: tuple[Session, ...]
    trusted: tuple[TrustedDevice, ...]
    decisions: tuple[DecisionRecord, ...]
    events: tuple[Entry, ...]


class PeopleDesk:
    """Finds people and helps them."""

    def __init__(self, *, policies: Policies, notices: Notices, clock: Clock) -> None:
        self._policies = policies
        self._notices = notices
        self._clock = clock

    def search(self, tx: Tx, listing: Listing) -> tuple[tuple[User, ...], int]:
        """Return one page of people, and how many there are."""
        return users.search(
            tx,
            listing.text,
            sort=listing.sort,
            is_descending=listing.is_descending,
            limit=SIZE,
            offset=listing.offset,
        )

    def card(self, tx: Tx, user_id: str) -> Card | None:
        """Return what is shown of a person; None where there is nobody."""
        user = users.get(tx, user_id)
        if user is None:
            return None
        held = credentials.list_credentials(tx, user.id)
        return Card(
            user=user,
            held=tuple(
                Held(factor=each.factor, label=each.label, created_at=each.created_at, used_at=each.used_at)
                for each in held
            ),
            locks=tuple(self._locks(tx, user)),
            sessions=self._live(tx, user),
            trusted=self._trusted(tx, user),
            decisions=decisions.list_decisions(tx, limit=SHOWN, user_id=user.id),
            events=audit.list_page(tx, limit=SHOWN, user_id=user.id),
        )

    def disable(self, tx: Tx, staff: Staff, user: User) -> None:
        """Shut a person out at once: sessions and grants end (SES-14). Raises ForbiddenError."""
        now = self._allowed(staff, user)
        users.set_disabled(tx, user.id, now)
        end_everything(tx, user.id, address=staff.address, now=now)
        audit.add(tx, staff.event("user.disabled", at=now, user_id=user.id))

    def enable(self, tx: Tx, staff: Staff, user: User) -> None:
        """Let a person in again. Raises ForbiddenError."""
        now = self._allowed(staff, user)
        users.set_disabled(tx, user.id, None)
        audit.add(tx, staff.event("user.enabled", at=now, user_id=user.id))

    def end_sessions(self, tx: Tx, staff: Staff, user: User) -> None:
        """Sign a person out everywhere, offline access included. Raises ForbiddenError."""
        now = self._allowed(staff, user)
        end_everything(tx, user.id, address=staff.address, now=now)
        audit.add(tx, staff.event("user.sessions.ended", at=now, user_id=user.id))

    def unlock(self, tx: Tx, staff: Staff, user: User) -> None:
        """Forget failed attempts, so that the person may try again. Raises ForbiddenError."""
        now = self._allowed(staff, user)
        for family in (budget.PASSWORD, budget.SECOND):
            throttle.clear_all(tx, budget.key_of(family, user, None))
        audit.add(tx, staff.event("user.unlocked", at=now, user_id=user.id))

    def reset_factors(self, tx: Tx, staff: Staff, user: User) -> None:
        """Take every second factor away, and with it what was proved by it; the password stays. Raises ForbiddenError.

        The person is told, and sets up anew what policy wants, from the password and a proven mailbox.
        """
        now = self._allowed(staff, user)
        users.hold(tx, user.id)
        taken = [each for each in credentials.list_credentials(tx, user.id) if each.factor not in ("password", "email")]
        for each in taken:
            credentials.remove_credential(tx, each.id, user.id)
            self._notices.removed(tx, user, each, Occasion(at=now))
        end_everything(tx, user.id, address=staff.address, now=now)
        details = {"factors": " ".join(sorted({each.factor for each in taken}))}
        audit.add(tx, staff.event("user.factors.reset", at=now, user_id=user.id, details=details))

    def untrust(self, tx: Tx, staff: Staff, user: User, device_id: str = "") -> None:
        """Let a person's browser be trusted no longer, or none of them. Raises ForbiddenError."""
        now = self._allowed(staff, user)
        gone = trusted.forget(tx, device_id, user.id) if device_id else trusted.forget_all(tx, user.id)
        if gone:
            details = {"device": device_id} if device_id else {}
            audit.add(tx, staff.event("user.devices.untrusted", at=now, user_id=user.id, details=details))

    def _trusted(self, tx: Tx, user: User) -> tuple[TrustedDevice, ...]:
        limits, now = self._policies.for_person(tx, user.id).trusted_devices, self._clock.now()
        found = trusted.list_trusted(tx, user.id)
        return tuple(each for each in found if each.lives(ttl=limits.ttl, idle=limits.idle, now=now))

    def _allowed(self, staff: Staff, user: User) -> datetime:
        """Return the moment at which it is done. Raises ForbiddenError where it may not be (ADM-21)."""
        if not staff.may_change(user):
            raise ForbiddenError
        return self._clock.now()

    def _live(self, tx: Tx, user: User) -> tuple[Session, ...]:
        bundle, now = self._policies.for_person(tx, user.id), self._clock.now()
        return tuple(each for each in sessions.list_sessions(tx, user.id) if is_live(each, bundle=bundle, now=now))

    def _locks(self, tx: Tx, user: User) -> list[Lock]:
        locks, now = self._policies.for_person(tx, user.id).locks, self._clock.now()
        found = []
        for family in (budget.PASSWORD, budget.SECOND):
            key = budget.key_of(family, user, None)
            failures = budget.failures(tx, key)
            is_closed, until = budget.locked_until(tx, key, locks=locks, now=now)
            if failures:
                found.append(Lock(family=family, failures=failures, is_closed=is_closed, until=until))
        return found
