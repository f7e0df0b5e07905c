"""Seals, and what checking them comes to."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """One event's place in the chain. Numbers have no gap; each hash covers its event and the hash before it."""

    number: int
    event_id: int
    link: str
    """Hex SHA-256."""
    mac: str
    """Of the link, under the operator's keys: whoever can only write to the database cannot make one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Where the chain does not hold, and why, in words."""

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What checking the chain came to."""

    sealed: int
    """How many events hold."""
    unsealed: int
    """How many wait for their seal."""
    last: Seal | None
    """Write its number and link down elsewhere: a later check against it shows an end that was cut off."""
    broken: Broken | None
