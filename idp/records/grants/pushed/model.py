"""Pushed authorization requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedRequest:
    """What one client asked for before its browser came, by the hash of the reference it was given."""

    uri_hash: str
    client_id: str
    parameters: Mapping[str, str] = field(repr=False)
    """Those of an authorization request alone: how the client authenticated is not among them."""
    pushed_at: datetime
    expires_at: datetime
