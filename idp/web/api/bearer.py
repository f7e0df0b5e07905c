"""Whoever calls one of our own APIs with an access token: a client, and the person who let it in, where there is one.

The token is opened elsewhere; these are the values that travel, and the words in which a caller is told what is missing
(RFC 6750 §3, RFC 9470 §3).
"""

from dataclasses import dataclass, field
from typing import Protocol

from idp.core.assurance import Evidence
from idp.records.clients.model import Client
from idp.records.sessions.model import Session
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Bearer:
    """What a token is good for now."""

    client: Client
    scopes: frozenset[str]
    user: User | None = None
    """None: the client acts for itself."""
    session: Session | None = None
    evidence: tuple[Evidence, ...] = field(default=(), repr=False)
    """What the person had proved when the token was granted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """Why a caller is not let in, and what would help."""

    status: int
    error: str
    """Empty: there were no credentials at all (RFC 6750 §3.1)."""
    text: str
    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    """Seconds."""

    def header(self) -> str:
        """Return the value of `WWW-Authenticate`."""
        members = {"realm": "idp", "error": self.error, "error_description": self.text if self.error else ""}
        members |= {"scope": " ".join(self.scopes), "acr_values": " ".join(self.acr_values)}
        written = [f'{name}="{value}"' for name, value in members.items() if value]
        if self.max_age is not None:
            written.append(f'max_age="{self.max_age}"')
        return "Bearer " + ", ".join(written)


class Bearers(Protocol):
    """Opens tokens that are meant for one API."""

    def identify(self, tx: Tx, authorization: str, *, scopes: tuple[str, ...]) -> Bearer | Challenge:
        """Return who calls: their token must name this API and one of `scopes`."""
        ...

    def prove(self, tx: Tx, bearer: Bearer, *, action: str, browser: Browser) -> Challenge | None:
        """Return what a person's token lacks for an action of the policy; None: nothing."""
        ...
