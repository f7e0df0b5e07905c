"""Addresses that are being proved."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressProof:
    """A code that was sent to an address which a person says is theirs.

    `state` is the factor's own, sealed at rest; empty where the address is somebody else's: then no code is the right
    one, and the page is the same.
    """

    id: str
    user_id: str
    address: str
    created_at: datetime
    expires_at: datetime
    state: bytes = field(default=b"", repr=False)
