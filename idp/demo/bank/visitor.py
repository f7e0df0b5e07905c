"""What the bank remembers of a visitor: everything is in its own signed cookie, which the provider never sees."""

from collections.abc import MutableMapping
from typing import Any

from idp.core.clock import Clock

OPENING_BALANCE = 250_000
"""Cents."""
KEPT = 5
"""Transfers that are shown; a cookie is small."""
_ATTEMPTS = 3
"""Sign-ins that may be under way at once in one browser."""

Session = MutableMapping[str, Any]
CLAIMS = ("acr", "amr", "auth_time", "iat", "sid", "sub")


def current(session: Session) -> dict[str, Any] | None:
    """Return who is signed in here, if anybody."""
    visitor: dict[str, Any] | None = session.get("visitor")
    return visitor


def welcome(session: Session, token: MutableMapping[str, Any]) -> None:
    """Remember who came back from the provider, and what their token claimed. Another person starts afresh."""
    claims = token["userinfo"]
    known = current(session)
    if known is None or known["sub"] != claims["sub"]:
        session["transfers"], session["balance"] = [], OPENING_BALANCE
    session["visitor"] = {
        "sub": claims["sub"],
        "name": claims["name"] or "there",
        "claims": {name: claims[name] for name in CLAIMS if name in claims},
    }


def leave(session: Session) -> None:
    """Forget the visitor; the provider's own session is not the bank's to end."""
    session.clear()


def book(session: Session, transfer: dict[str, Any], *, clock: Clock) -> None:
    """Carry out a transfer: newest first, with the claims of the proof that it was made on."""
    visitor = session["visitor"]
    booked = {**transfer, "at": int(clock.now().timestamp()), "claims": visitor["claims"]}
    session["balance"] = session.get("balance", OPENING_BALANCE) - transfer["cents"]
    session["transfers"] = [booked, *session.get("transfers", [])][:KEPT]


def drop_old_attempts(session: Session) -> None:
    """Keep only the newest sign-ins under way: abandoned ones would fill the cookie."""
    states = [name for name in session if name.startswith("_state_")]
    states.sort(key=lambda name: float(session[name].get("exp", 0)), reverse=True)
    for name in states[_ATTEMPTS - 1 :]:
        session.pop(name)
