"""Access tokens of clients themselves."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientToken:
    """An opaque access token of a client itself, by its hash."""

    token_hash: str
    client_id: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
