"""What administrators can do for people: always by taking away, never by planting (ENR-26).

Whoever is changed here is told at their proven mailbox where a sign-in method was taken.
"""

from collections.abc import Iterable

from idp.admin.people.holding import held
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.factors.base import Credential
from idp.login import budget, trusting
from idp.login.ending import end_everything
from idp.login.lost_factors import is_second
from idp.login.notices import Notices
from idp.login.policies import Policies
from idp.login.situation import LIST
from idp.login.telling import Occasion
from idp.records.audit import store as audit
from idp.records.devices.trusted import store as trusted
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.model import User
from idp.storage.tx import Tx

KEPT = frozenset({"password", "email"})
"""What is no second step, and stays when those are removed."""


class Helping:
    """Helps people, or stops them. All of it raises ForbiddenError and NotFoundError, as `held` does."""

    def __init__(self, *, policies: Policies, notices: Notices, clock: Clock) -> None:
        self._policies = policies
        self._notices = notices
        self._clock = clock

    def disable(self, tx: Tx, staff: Staff, user_id: str) -> None:
        """Shut a person out at once: sessions and grants end (SES-14)."""
        user, now = held(tx, staff, user_id), self._clock.now()
        users.set_disabled(tx, user.id, now)
        end_everything(tx, user.id, address=staff.address, now=now)
        audit.add(tx, staff.event("user.disabled", at=now, user_id=user.id))

    def enable(self, tx: Tx, staff: Staff, user_id: str) -> None:
        """Let a person in again."""
        user = held(tx, staff, user_id)
        users.set_disabled(tx, user.id, None)
        self._note(tx, staff, user, "user.enabled")

    def end_sessions(self, tx: Tx, staff: Staff, user_id: str) -> None:
        """Sign a person out everywhere, offline access included."""
        user, now = held(tx, staff, user_id), self._clock.now()
        end_everything(tx, user.id, address=staff.address, now=now)
        audit.add(tx, staff.event("user.sessions.ended", at=now, user_id=user.id))

    def unlock(self, tx: Tx, staff: Staff, user_id: str) -> None:
        """Forget failed attempts, so that the person may try again."""
        user = held(tx, staff, user_id)
        for family in (budget.PASSWORD, budget.SECOND):
            throttle.clear_all(tx, budget.key_of(family, user, None))
        self._note(tx, staff, user, "user.unlocked")

    def reset_factors(self, tx: Tx, staff: Staff, user_id: str) -> tuple[str, ...]:
        """Take every second factor away, and with it what was proved by it and guessed at it; the password stays.

        The person is told, and sets up anew what policy wants, from the password and a proven mailbox; a password that
        may not stand alone is good for one more sign-in, in which it is replaced. Returns which factors were taken.
        """
        user, now = held(tx, staff, user_id), self._clock.now()
        taken = [each for each in credentials.list_credentials(tx, user.id) if each.factor not in KEPT]
        for each in taken:
            credentials.remove_credential(tx, each.id, user.id)
            self._notices.removed(tx, user, each, Occasion(at=now))
        if taken:
            users.set_methods_taken(tx, user.id, now)
        end_everything(tx, user.id, address=staff.address, now=now)
        budget.clear(tx, (budget.SECOND,), user, None)
        factors = tuple(sorted({each.factor for each in taken}))
        details = {"factors": " ".join(factors)}
        audit.add(tx, staff.event("user.factors.reset", at=now, user_id=user.id, details=details))
        return factors

    def remove_method(self, tx: Tx, staff: Staff, user_id: str, method_id: str) -> None:
        """Take one second factor away, and lists of codes that would be left alone; the person is told.

        Password and mailbox stay: without them nothing could be set up again. Raises NotFoundError for these too.
        """
        user, now = held(tx, staff, user_id), self._clock.now()
        found = credentials.list_credentials(tx, user.id)
        taken = next((each for each in found if each.id == method_id and each.factor not in KEPT), None)
        if taken is None:
            raise NotFoundError
        for each in (taken, *self._left_alone(each for each in found if each.id != taken.id)):
            credentials.remove_credential(tx, each.id, user.id)
            self._notices.removed(tx, user, each, Occasion(at=now))
            self._note(tx, staff, user, "factor.removed", factor=each.factor, credential=each.id)
        users.set_methods_taken(tx, user.id, now)
        trusting.void_all(tx, user.id, why="factors_changed", address=staff.address, now=now)

    def _left_alone(self, held: Iterable[Credential]) -> tuple[Credential, ...]:
        """Return the lists of codes beside which there is nothing else (F7)."""
        traits = self._policies.traits
        second = tuple(each for each in held if is_second(each.factor, traits))
        lists = tuple(each for each in second if traits[each.factor].channel == LIST)
        return lists if len(lists) == len(second) else ()

    def ask_to_enrol(self, tx: Tx, staff: Staff, user_id: str) -> bool:
        """Let a person be asked to set up a second step when they next sign in; false where they have one.

        Who is asked is a fact (`user.must_enrol`); what follows from it is the policy's to say.
        """
        user, traits = held(tx, staff, user_id), self._policies.traits
        if any(is_second(each.factor, traits) for each in credentials.list_credentials(tx, user.id)):
            return False
        if user.must_enrol_at is None:
            users.set_must_enrol(tx, user.id, self._clock.now())
            self._note(tx, staff, user, "user.enrolment.asked")
        return True

    def ask_no_longer(self, tx: Tx, staff: Staff, user_id: str) -> None:
        """Take back that a person is asked to set up a second step."""
        user = held(tx, staff, user_id)
        if user.must_enrol_at is not None:
            users.set_must_enrol(tx, user.id, None)
            self._note(tx, staff, user, "user.enrolment.taken_back")

    def untrust(self, tx: Tx, staff: Staff, user_id: str, device_id: str = "") -> int:
        """Let a person's browser be trusted no longer, or none of them; return how many were until now."""
        user = held(tx, staff, user_id)
        gone = int(trusted.forget(tx, device_id, user.id)) if device_id else trusted.forget_all(tx, user.id)
        if gone:
            self._note(tx, staff, user, "user.devices.untrusted", **({"device": device_id} if device_id else {}))
        return gone

    def _note(self, tx: Tx, staff: Staff, user: User, name: str, **details: str) -> None:
        audit.add(tx, staff.event(name, at=self._clock.now(), user_id=user.id, details=details))
