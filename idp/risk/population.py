"""What is known of everybody together: how common a value is, and how often people show something new.

It learns from lessons, one a fully verified sign-in, and from nothing else: what attackers try teaches it nothing, and
no list of bad addresses weighs in (risk.md §1.5). Until it has seen enough, the shipped rates speak; they are those of
the published statistics (risk.md §2.2), not of any one file.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import timedelta

from idp.risk.history import History, Step
from idp.risk.observation import Keys
from idp.risk.sketch import Sketch

_PRIOR_WEIGHT = 20.0
"""How many sign-ins the shipped rate of novelty counts for."""
_IMAGINED, _IMAGINED_UNTIL = 20.0, 40
"""How many others are imagined at first, and after how many sign-ins none is."""
_COUNT_BOUNDS = (6, 9, 16, 32)
_GAP_BOUNDS = tuple(timedelta(days=days) for days in (1, 7, 30, 90))
_MOST_KINDS = 6
_CELLS_A_CHAIN = 10
NETWORK_CHAIN, CLIENT_CHAIN, HINTS_CHAIN = 0, 1, 2
_RATES: dict[int, tuple[float, ...]] = {
    NETWORK_CHAIN: (0.3, 0.15, 0.6, 1.0),
    CLIENT_CHAIN: (0.1, 0.3, 0.3, 0.3, 0.5, 1.0, 1.0),
    HINTS_CHAIN: (0.3, 1.0),
}
"""By chain and level: of how many unseen sign-ins a person's past is worth one that would show something new."""
_OWN_HABIT = {NETWORK_CHAIN: 0.6, CLIENT_CHAIN: 0.8, HINTS_CHAIN: 0.8}
"""How far a person's own variety decides, rather than what people with such a past do: rare travellers stay rare."""
KNOWN_CLIENT_MISSES, NEW_CLIENT_MISSES = 0.2, 0.9
"""How often the device cookie is missing at a client that is known, and at one that is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one verified sign-in teaches about people in general; no person is in it."""

    network: tuple[int, ...]
    client: tuple[int, ...]
    novelty: tuple[tuple[int, bool], ...] = ()
    """Cells of the table of novelty, and whether something new was shown."""
    has_known_client: bool = False
    has_missed: bool = False
    is_first: bool = False
    score: float | None = None
    hints: tuple[int, ...] = ()
    moves: tuple[tuple[int, int], ...] = ()
    """Keys under the last pepper, and what they are called now."""


@dataclass(slots=True)
class Counts:
    """How often something happened, of how many times."""

    hits: int = 0
    of: int = 0


@dataclass(slots=True)
class Population:
    """Everybody together."""

    counts: dict[int, int] = field(default_factory=dict)
    kinds: dict[int, int] = field(default_factory=dict)
    novelty: dict[int, Counts] = field(default_factory=dict)
    misses: tuple[Counts, Counts] = field(default_factory=lambda: (Counts(), Counts()))
    """Missing cookies at a new client, at a known one."""
    sign_ins: int = 0
    scores: Sketch = field(default_factory=Sketch)
    first_scores: Sketch = field(default_factory=Sketch)

    def share(self, parent: int, key: int) -> float:
        """Return how common a value is among those who share its parent; never 0.

        While few people are known, others are imagined who would show something else: of three, nothing is common yet.
        """
        return self._share(parent, key, max(0.0, _IMAGINED * (1 - self.sign_ins / _IMAGINED_UNTIL)))

    def commonness(self, parent: int, key: int) -> float:
        """Return the same of those who are really known: where nobody is, nothing is rare."""
        return self._share(parent, key, 0.0)

    def _share(self, parent: int, key: int, imagined: float) -> float:
        above, kinds = self.counts.get(parent, 0), self.kinds.get(parent, 0)
        return (self.counts.get(key, 0) + 0.5) / (above + 0.5 + 0.5 * kinds + imagined)

    def newness(self, chain: int, step: Step, gap: timedelta) -> float:
        """Return how often somebody with such a past, and away for so long, shows a new value at this level."""
        coarse, fine = cells_of(chain, step, gap)
        variety = 1 + 0.5 * (step.kinds - 1 if step.kinds else 0)
        rate = _RATES[chain][step.level] * variety / (step.seen + _RATES[chain][step.level] * variety)
        for cell in (coarse, fine):
            found = self.novelty.get(cell)
            if found is not None:
                rate = (found.hits + _PRIOR_WEIGHT * rate) / (found.of + _PRIOR_WEIGHT)
        own = variety / (step.seen + variety)
        return float(rate ** (1 - _OWN_HABIT[chain]) * own ** _OWN_HABIT[chain])

    def missing(self, *, has_known_client: bool) -> float:
        """Return how often the device cookie is missing."""
        counted = self.misses[has_known_client]
        shipped = KNOWN_CLIENT_MISSES if has_known_client else NEW_CLIENT_MISSES
        return (counted.hits + _PRIOR_WEIGHT * shipped) / (counted.of + _PRIOR_WEIGHT)

    def take(self, lesson: Lesson) -> None:
        """Learn one lesson."""
        for old, new in lesson.moves:
            self.move(old, new)
        self.sign_ins += 1
        for chain in filter(None, (lesson.network, lesson.client, lesson.hints)):
            self._count(chain)
        for cell, is_new in lesson.novelty:
            counted = self.novelty.setdefault(cell, Counts())
            counted.hits += is_new
            counted.of += 1
        if not lesson.is_first:
            counted = self.misses[lesson.has_known_client]
            counted.hits += lesson.has_missed
            counted.of += 1
        if lesson.score is not None:
            (self.first_scores if lesson.is_first else self.scores).add(lesson.score)

    def move(self, old: int, new: int) -> None:
        """Take what is known under one key to another."""
        for known in (self.counts, self.kinds):
            if old in known:
                known[new] = known.get(new, 0) + known.pop(old)

    def _count(self, chain: tuple[int, ...]) -> None:
        counts, parent = self.counts, chain[0]
        counts[parent] = counts.get(parent, 0) + 1
        for key in chain[1:]:
            if key == parent:
                continue
            found = counts.get(key, 0)
            if not found:
                self.kinds[parent] = self.kinds.get(parent, 0) + 1
            counts[key] = found + 1
            parent = key


def lesson_of(history: History, keys: Keys, *, gap: timedelta, score: float | None) -> Lesson:
    """Return what a verified sign-in teaches; `history` is the person's before it."""
    is_first = not len(history)
    novelty = tuple(
        (cell, not step.times)
        for chain, path in enumerate(keys.chains)
        for step in history.steps(path)
        for cell in cells_of(chain, step, gap)
    )
    return Lesson(
        network=keys.network,
        client=keys.client,
        hints=keys.hints,
        novelty=novelty,
        has_known_client=history.has_client(keys),
        has_missed=not history.has_cookie(keys),
        is_first=is_first,
        score=score,
    )


def cells_of(chain: int, step: Step, gap: timedelta) -> tuple[int, int]:
    """Return where the table of novelty counts such a step: by past alone, and by past and time away."""
    seen = _bucket(step.seen, _COUNT_BOUNDS)
    kinds = min(step.kinds, seen, _MOST_KINDS)
    coarse = ((chain * _CELLS_A_CHAIN + step.level) * 16 + seen) * 8 + kinds
    return coarse * 8 + 7, coarse * 8 + bisect_right(_GAP_BOUNDS, gap)


def _bucket(seen: int, bounds: tuple[int, ...]) -> int:
    """Return small counts as they are, larger ones by their size."""
    return seen if seen < bounds[0] else bounds[0] + bisect_right(bounds, seen) - 1
