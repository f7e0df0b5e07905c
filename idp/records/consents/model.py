"""Consents."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What one person has allowed one client."""

    user_id: str
    client_id: str
    scopes: tuple[str, ...]
    granted_at: datetime
