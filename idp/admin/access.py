"""Who may do what in the console: roles are facts about a person, permissions follow from them here and nowhere else.

The rule it keeps: nobody changes somebody of their own rank or above, themselves included (ADM-21).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from idp.core.errors import ForbiddenError
from idp.login.begun import Admitted

CONSOLE, PEOPLE, CLIENTS = "admin.console", "admin.people", "admin.clients"
POLICY, KEYS = "admin.policy", "admin.keys"
"""The actions of the console (policy.md §5): looking, and each kind of change."""


class Role(StrEnum):
    """What an administrator may be, the least first."""

    AUDITOR = "auditor"
    HELPDESK = "helpdesk"
    ADMIN = "admin"
    OWNER = "owner"


class Permission(StrEnum):
    """What a page of the console asks for."""

    LOOK = "look"
    HELP = "help"
    """Unlock, end sessions, reset sign-in methods."""
    MANAGE = "manage"
    """Change people and applications."""
    OWN = "own"
    """Grant roles, rotate and retire keys."""


_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.AUDITOR: frozenset({Permission.LOOK}),
    Role.HELPDESK: frozenset({Permission.LOOK, Permission.HELP}),
    Role.ADMIN: frozenset({Permission.LOOK, Permission.HELP, Permission.MANAGE}),
    Role.OWNER: frozenset(Permission),
}
_RANKS: dict[str, int] = {role: rank for rank, role in enumerate(Role, start=1)}


@dataclass(frozen=True, slots=True)
class Route:
    """One route of the console: what it takes to be let through, and by which action it is proved."""

    verb: str
    path: str
    name: str
    view: Callable[..., Any]
    permission: Permission = Permission.LOOK
    action: str = CONSOLE


Guard = Callable[[Callable[..., Any]], Callable[..., Any]]
Require = Callable[[str], Guard]


def permissions_of(roles: Iterable[str]) -> frozenset[Permission]:
    """Return what these roles allow together; a role that the console does not know allows nothing."""
    return frozenset().union(*(_PERMISSIONS.get(role, frozenset()) for role in roles))


def rank_of(roles: Iterable[str]) -> int:
    """Return the rank of the highest of these roles; 0 without any."""
    return max((_RANKS.get(role, 0) for role in roles), default=0)


def may_change(actor_roles: Iterable[str], target_roles: Iterable[str], *, is_self: bool) -> bool:
    """Tell whether somebody with these roles may change this person: only who ranks below, never themselves."""
    return not is_self and rank_of(actor_roles) > rank_of(target_roles)


def guarded(require: Require, permission: Permission, *, action: str = CONSOLE) -> Guard:
    """Return what lets through those who hold `permission` and have proved what `action` costs.

    Who is signed in without the permission is refused before anything more is asked of them. Raises ForbiddenError.
    """

    def guard(view: Callable[..., Any]) -> Callable[..., Any]:
        proved = require(action)(view)

        @wraps(view)
        def permitted(admitted: Admitted, *arguments: Any, **named: Any) -> Any:
            if permission not in permissions_of(admitted.user.roles):
                raise ForbiddenError
            return proved(*arguments, **named)

        return require("")(permitted)

    return guard


def mount(add: Callable[..., object], require: Require, routes: Iterable[Route]) -> None:
    """Add these routes to a blueprint by its `add_url_rule`, each behind what it takes."""
    for route in routes:
        guard = guarded(require, route.permission, action=route.action)
        add(route.path, route.name, guard(route.view), methods=[route.verb])
