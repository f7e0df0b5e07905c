"""What the bank remembers of a visitor, in a session of its own that the provider never sees."""

from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

Session = MutableMapping[str, Any]
CLAIMS = ("acr", "amr", "auth_time", "iat", "sid", "sub")
_TOKENS = ("access_token", "refresh_token", "id_token", "expires_at")
_ATTEMPT = "_state_"
"""What Authlib puts before the `state` under which it keeps a sign-in that is under way."""
_ATTEMPTS = 3
"""Sign-ins that may be under way at once in one browser."""


def current(session: Session) -> dict[str, Any] | None:
    """Return who is signed in here, if anybody."""
    visitor: dict[str, Any] | None = session.get("visitor")
    return visitor


def welcome(session: Session, token: MutableMapping[str, Any], *, name: str = "") -> None:
    """Remember who came back from the provider, with which tokens. Another person starts afresh."""
    claims, known = token["userinfo"], current(session)
    if known is not None and known["sub"] != claims["sub"]:
        for left in ("waiting", "asked", "done"):
            session.pop(left, None)
        known = None
    session["visitor"] = {
        "sub": claims["sub"],
        "name": name or (known["name"] if known else ""),
        "claims": {name: claims[name] for name in CLAIMS if name in claims},
    }
    kept = session.get("tokens", {}) if known else {}
    session["tokens"] = kept | {name: token[name] for name in _TOKENS if name in token}


def has_expired(session: Session, *, now: datetime) -> bool:
    """Tell whether the access token has ended, as far as the answer it came with said."""
    ends = session["tokens"].get("expires_at")
    return ends is not None and datetime.fromtimestamp(int(ends), UTC) <= now


def sid(session: Session) -> str:
    """Return the provider's session by which somebody is signed in here; empty when nobody is."""
    visitor = current(session)
    return str(visitor["claims"].get("sid", "")) if visitor else ""


def attempts(session: Session) -> dict[str, Any]:
    """Return the sign-ins that are under way."""
    return {name: kept for name, kept in session.items() if name.startswith(_ATTEMPT)}


def drop_old_attempts(session: Session) -> None:
    """Keep only the newest sign-ins under way."""
    states = list(attempts(session))
    states.sort(key=lambda name: float(session[name].get("exp", 0)), reverse=True)
    for name in states[_ATTEMPTS - 1 :]:
        session.pop(name)
