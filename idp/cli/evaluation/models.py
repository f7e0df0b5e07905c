"""The models that can be measured: ours, the published one, and chance, which must know nothing."""

from datetime import timedelta
from time import thread_time_ns
from typing import Protocol

from idp.cli.evaluation.draw import Draw
from idp.cli.evaluation.rows import Row
from idp.risk.freeman import Freeman
from idp.risk.history import KEEP, History
from idp.risk.observation import Hasher
from idp.risk.population import Population, lesson_of
from idp.risk.score import score

_PEPPER = b"idp risk evaluate"


class Model(Protocol):
    """Something that scores sign-ins and learns from them."""

    nanoseconds: list[int]

    def knows(self, row: Row) -> bool:
        """Tell whether the person has a past to be compared with, at that moment."""
        ...

    def score(self, row: Row) -> float:
        """Return how much the sign-in looks like somebody else's."""
        ...

    def learn(self, row: Row) -> None:
        """Learn a legitimate sign-in."""
        ...


class Ours:
    """Ours, as it works in production: histories are kept packed, and unpacked for each assessment."""

    def __init__(self, *, keep: timedelta = KEEP) -> None:
        self.nanoseconds: list[int] = []
        self.population = Population()
        self._keep = keep
        self._histories: dict[str, bytes] = {}
        self._hasher = Hasher(_PEPPER)

    def knows(self, row: Row) -> bool:
        """Tell whether the person has a past to be compared with; one that was forgotten by then is none."""
        return len(self._history(row)) > 0

    def score(self, row: Row) -> float:
        """Return the score; that of somebody without a past is of rarity alone."""
        start = thread_time_ns()
        history = self._history(row)
        value = score(history, self.population, self._hasher.keys(row.observation), row.observation.at).value
        self.nanoseconds.append(thread_time_ns() - start)
        return value

    def learn(self, row: Row) -> None:
        """Learn a legitimate sign-in."""
        history, keys, now = self._history(row), self._hasher.keys(row.observation), row.observation.at
        self.population.take(lesson_of(history, keys, now, score=None))
        history.learn(keys, now)
        self._histories[row.user] = history.packed()

    def _history(self, row: Row) -> History:
        return History.unpacked(self._histories.get(row.user, b""), row.observation.at, keep=self._keep)


class Published:
    """The score of Freeman et al. with the weights of Wiefling et al.; it says nothing of people without a past."""

    def __init__(self) -> None:
        self.nanoseconds: list[int] = []
        self._freeman = Freeman()

    def knows(self, row: Row) -> bool:
        """Tell whether the person has a past to be compared with."""
        return self._freeman.knows(row.user)

    def score(self, row: Row) -> float:
        """Return ln S."""
        start = thread_time_ns()
        value = self._freeman.logarithm(row.user, row.features()) if self.knows(row) else 0.0
        self.nanoseconds.append(thread_time_ns() - start)
        return value

    def learn(self, row: Row) -> None:
        """Learn a legitimate sign-in."""
        self._freeman.learn(row.user, row.features())


class Chance:
    """Draws a number: whatever it seems to find is a mistake of the measurement."""

    def __init__(self) -> None:
        self.nanoseconds: list[int] = [0]
        self._draw = Draw(0xC4A9CE)
        self._known: set[str] = set()

    def knows(self, row: Row) -> bool:
        """Tell whether the person has been here."""
        return row.user in self._known

    def score(self, row: Row) -> float:  # noqa: ARG002 - it looks at nothing
        """Return a number from 0 to 1."""
        return self._draw.unit()

    def learn(self, row: Row) -> None:
        """Remember that the person has been here."""
        self._known.add(row.user)
