"""Roles in the console, given and taken by owners: never their own, so that there is always an owner left (ADM-21)."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from idp.admin.access import Permission, Role
from idp.admin.people.holding import held_both
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import ForbiddenError
from idp.login import letters
from idp.login.telling import Occasion, Telling
from idp.records.audit import store as audit
from idp.records.users import store as users
from idp.records.users.model import User
from idp.storage.tx import Tx


class Appointing:
    """Gives roles and takes them."""

    def __init__(self, *, telling: Telling, clock: Clock) -> None:
        self._telling = telling
        self._clock = clock

    def held(self, tx: Tx, staff: Staff, user_id: str) -> User:
        """Return whose roles are to change, held as they are now. Raises ForbiddenError, and NotFoundError."""
        if staff.user is None or staff.user.id == user_id:
            raise ForbiddenError
        actor, user = held_both(tx, staff, user_id)
        # Whoever takes a role is an owner still when that is kept, and so one is left.
        if not actor.may(Permission.OWN):
            raise ForbiddenError
        return user

    def give(self, tx: Tx, staff: Staff, user_id: str, role: Role) -> None:
        """Give one role beside those there are. Raises ForbiddenError, and NotFoundError."""
        user = self.held(tx, staff, user_id)
        self.assign(tx, staff, user, (*user.roles, role))

    def take(self, tx: Tx, staff: Staff, user_id: str, role: Role) -> None:
        """Take one role and leave the others. Raises ForbiddenError, and NotFoundError."""
        user = self.held(tx, staff, user_id)
        self.assign(tx, staff, user, (each for each in user.roles if each != role))

    def assign(self, tx: Tx, staff: Staff, user: User, roles: Iterable[str]) -> User:
        """Let somebody who is held have these roles of the console; others, of which policy alone knows, stay.

        They are told, unless nothing changes.
        """
        wanted = set(roles)
        others = (each for each in user.roles if each not in set(Role))
        now, after = self._clock.now(), (*others, *(each.value for each in Role if each in wanted))
        if set(after) == set(user.roles):
            return user
        changed = replace(user, roles=after, updated_at=now)
        users.save(tx, changed)
        details = {"before": " ".join(user.roles), "after": " ".join(after)}
        audit.add(tx, staff.event("user.roles.changed", at=now, user_id=user.id, details=details))
        self._telling.tell(tx, changed, partial(letters.roles_changed, roles=after), Occasion(at=now))
        return changed
