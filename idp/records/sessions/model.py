"""Browser sessions."""

from dataclasses import dataclass
from datetime import datetime

from idp.core.assurance import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser's session: evidence, never a conclusion.

    `id` is the public, stable `sid`; the cookie carries another secret, new at each rise, of which we keep the hash.
    """

    id: str
    secret_hash: str
    user_id: str
    evidence: tuple[Evidence, ...]
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    """The absolute end; the idle end is `seen_at` plus the bundle's `sessions.idle`."""
    ended_at: datetime | None = None
    version: int = 1
    user_agent: str = ""
    address: str = ""
    """Where and in which browser something was proved for it last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """That a session was used with a client: from then on the client may have an ID Token that names the session."""

    session_id: str
    client_id: str
    first_used_at: datetime
