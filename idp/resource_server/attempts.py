"""How often which challenge was answered of late: a short text in the caller's session, no more than that.

The rule it keeps: a text that cannot be read counts as none, since the caller's own session is no stranger's word; what
is older than the window is forgotten; the text stays small whatever an API asks for.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

WINDOW = timedelta(minutes=15)
_MOST = 8
_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class Attempt:
    """One redirect."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Attempts:
    """The redirects within the window, oldest first."""

    made: tuple[Attempt, ...] = ()

    @classmethod
    def parse(cls, text: str, *, now: datetime) -> "Attempts":
        """Return what `text` remembers; never raises."""
        if not text or len(text) > _LONGEST:
            return cls()
        try:
            made = tuple(_read(entry) for entry in json.loads(text))
        except (ValueError, TypeError, OverflowError, OSError, RecursionError):
            return cls()
        return cls(tuple(attempt for attempt in made if timedelta(0) <= now - attempt.at < WINDOW))

    def text(self) -> str:
        """Return what to keep in the session."""
        return json.dumps([[attempt.name, int(attempt.at.timestamp())] for attempt in self.made], separators=(",", ":"))

    def count(self, name: str) -> int:
        """Return how often the challenge of this name was answered."""
        return sum(attempt.name == name for attempt in self.made)

    def total(self) -> int:
        """Return how often any challenge was answered."""
        return len(self.made)

    def last(self, name: str) -> datetime | None:
        """Return when the challenge of this name was answered last."""
        return next((attempt.at for attempt in reversed(self.made) if attempt.name == name), None)

    def without(self, name: str) -> "Attempts":
        """Return the same, the challenge of this name forgotten."""
        return Attempts(tuple(attempt for attempt in self.made if attempt.name != name))

    def with_one_more(self, name: str, *, now: datetime) -> "Attempts":
        """Return the same and one redirect more."""
        return Attempts((*self.made, Attempt(name, now))[-_MOST:])


def _read(entry: Any) -> Attempt:
    name, at = entry
    if not isinstance(name, str) or isinstance(at, bool) or not isinstance(at, int):
        raise TypeError("not an attempt")
    return Attempt(name, datetime.fromtimestamp(at, UTC))
