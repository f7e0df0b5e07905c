"""Whoever does something in the console, as the audit trail names them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.records.audit.model import Event
from idp.records.sessions.model import Session
from idp.records.users.model import User


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """An administrator at work; on the command line there is neither a person nor a session."""

    user: User | None = None
    session: Session | None = None
    address: str = ""

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
        by = self.user.id if self.user else "command line"
        return Event(
            name=name,
            at=at,
            user_id=user_id,
            client_id=client_id,
            session_id=self.session.id if self.session else "",
            address=self.address,
            details={"by": by, **(details or {})},
        )
