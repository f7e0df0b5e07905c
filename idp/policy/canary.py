"""For whom a canary decides: always the same people, drawn anew for each version."""

import hashlib
from collections.abc import Collection

WHOLE = 10_000
"""Shares are counted in ten-thousandths of all people."""


def is_chosen(version: str, user_id: str, *, share: int) -> bool:
    """Tell whether a person is among the share: a stable hash, so that nobody wavers between two policies."""
    drawn = int.from_bytes(hashlib.sha256(f"{version}:{user_id}".encode()).digest()[:8])
    return drawn % WHOLE < share


def is_invited(groups: Collection[str], audience: str) -> bool:
    """Tell whether a person belongs to the group that a canary is for."""
    return bool(audience) and audience in groups
