"""Whoever started an interaction is told how it ended: `app` gives a finisher a purpose; login knows no caller."""

from collections.abc import Mapping
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
class Exits:
    """Where an interaction sends its browser: for good to whoever began it, or for a while to a verifier."""

    finishers: Mapping[str, Finisher]
    """By the interaction's purpose."""
    departures: Departures
