"""Whoever started an interaction is told how it ended: `app` gives a finisher a purpose; login knows no caller."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from idp.login.away import Departures
from idp.login.model import Answer, Finishing
from idp.storage.tx import Tx


class Finisher(Protocol):
    """Ends the interactions of one purpose."""

    def finish(self, tx: Tx, finishing: Finishing) -> Answer:
        """Return the answer to a satisfied demand, writing what it needs in the same transaction."""
        ...

    def refuse(self, resume: str, *, error: str) -> Answer:
        """Return the answer of an interaction that ended without what was asked for."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """Who may begin an interaction, and where it sends its browser: to whoever began it, or meanwhile to a verifier."""

    admits: Callable[[str], None]
    """Counts the interactions of an address. Raises TooManyError: too many begin there."""
    finishers: Mapping[str, Finisher]
    """By the interaction's purpose."""
    departures: Departures
