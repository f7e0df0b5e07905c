"""Whoever does something in the console or through its API, as rules and the audit trail see them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.admin import access
from idp.admin.access import Permission, Role
from idp.records.audit.model import Event
from idp.records.clients.model import Client
from idp.records.sessions.model import Session
from idp.records.users.model import User

COMMAND_LINE = "command line"
"""Who acts when nobody is named: whoever has a shell on the machine."""
_CLIENT = "client:"
"""How a client that acts for itself is told from people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """An administrator at work; on the command line there is neither a person nor a session."""

    user: User | None = None
    session: Session | None = None
    address: str = ""
    client: Client | None = None
    """The application they act through; without a person, it acts for itself."""

    @property
    def by(self) -> str:
        """Return what this is remembered under."""
        if self.user is not None:
            return self.user.id
        return COMMAND_LINE if self.client is None else _CLIENT + self.client.client_id

    def may(self, permission: Permission) -> bool:
        """Tell whether they may do such things: a client for itself does what an `admin` does, never an owner's."""
        if self.user is not None:
            return permission in access.permissions_of(self.user.roles)
        return self.client is None or permission in access.permissions_of((Role.ADMIN,))

    def may_change(self, person: User) -> bool:
        """Tell whether they may change this person (ADM-21)."""
        if self.user is not None:
            return access.may_change(self.user.roles, person.roles, is_self=self.user.id == person.id)
        return self.client is None or access.may_change((Role.ADMIN,), person.roles, is_self=False)

    def event(
        self,
        name: str,
        *,
        at: datetime,
        user_id: str = "",
        client_id: str = "",
        details: Mapping[str, str | int | bool] | None = None,
    ) -> Event:
        """Return the audit event of something they did to a person or an application."""
        through = {"through": self.client.client_id} if self.client is not None and self.user is not None else {}
        return Event(
            name=name,
            at=at,
            user_id=user_id,
            client_id=client_id,
            session_id=self.session.id if self.session else "",
            address=self.address,
            details={"by": self.by, **through, **(details or {})},
        )


def is_person(by: str) -> bool:
    """Tell whether what something is remembered under names a person."""
    return by != COMMAND_LINE and not by.startswith(_CLIENT)
