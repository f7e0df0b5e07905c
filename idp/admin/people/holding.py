"""Whoever is to be changed, held: ranks are what they are when it is done, not when the page was opened (ADM-21).

Somebody who was given a role meanwhile is not changed by one who no longer ranks above them, and who has lost a role
changes nobody with it. Every change of a person in the console and its API begins here.
"""

from dataclasses import replace

from idp.admin.access import Permission
from idp.admin.staff import Staff
from idp.core.errors import ForbiddenError, NotFoundError
from idp.records.users import store as users
from idp.records.users.model import User
from idp.storage.tx import Tx


def held(tx: Tx, staff: Staff, user_id: str, permission: Permission = Permission.HELP) -> User:
    """Return whom somebody may change, as they are now. Raises ForbiddenError, and NotFoundError."""
    actor, user = held_both(tx, staff, user_id)
    if not (actor.may(permission) and actor.may_change(user)):
        raise ForbiddenError
    return user


def held_both(tx: Tx, staff: Staff, user_id: str) -> tuple[Staff, User]:
    """Return who changes somebody, and whom, both as they are now. Raises ForbiddenError, and NotFoundError."""
    actor = staff.user
    # Everywhere in the same order: of two who change each other at once, one waits and then finds what is left to do.
    for each in sorted({user_id} if actor is None else {user_id, actor.id}):
        users.hold(tx, each)
    if actor is not None:
        actor = users.get(tx, actor.id)
        if actor is None or actor.disabled_at is not None:
            raise ForbiddenError
    user = users.get(tx, user_id)
    if user is None:
        raise NotFoundError
    return replace(staff, user=actor), user
