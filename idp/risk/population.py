"""What is known of everybody together: how common a value is, and how often people show something new.

It learns from lessons, one a fully verified sign-in, and from nothing else: what attackers try teaches it nothing, and
no list of bad addresses weighs in (risk.md §1.5). Until it has seen enough, the shipped rates speak; they are those of
the published statistics (risk.md §2.2), not of any one file.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import datetime

from idp.risk.history import History, Step
from idp.risk.observation import Keys
from idp.risk.sketch import Sketch

_PRIOR_WEIGHT = 20.0
"""How many sign-ins the shipped rate of novelty counts for."""
_COMMON_WEIGHT = 50.0
"""How many values shown for the first time what is common at all counts for, in what is new to people."""
_IMAGINED, _IMAGINED_UNTIL = 20.0, 40
"""How many others are imagined at first, and after how many sign-ins none is."""
_COUNT_BOUNDS = (6, 9, 16, 32)
_AWAY_BOUNDS = (1, 7, 30, 90)
"""Days."""
_MOST_KINDS = 6
_CELLS_A_CHAIN = 10
NETWORK_CHAIN, CLIENT_CHAIN, HINTS_CHAIN = 0, 1, 2
_RATES: dict[int, tuple[float, ...]] = {
    NETWORK_CHAIN: (0.3, 0.15, 0.6, 1.0),
    CLIENT_CHAIN: (0.1, 0.1, 0.05, 0.05, 0.3, 1.0, 0.5),
    HINTS_CHAIN: (0.3, 1.0),
}
"""By chain and level: of how many unseen sign-ins a person's past is worth one that would show something new."""
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
    firsts: tuple[tuple[int, int], ...] = ()
    """Values new to somebody who knew the parent, each behind it."""


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
    firsts: dict[int, int] = field(default_factory=dict)
    """How often a value was new to somebody who knew its parent."""
    branchings: dict[int, int] = field(default_factory=dict)
    """And how often some value below a parent was."""

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

    def unusual_share(self, parent: int, key: int, common: float) -> float:
        """Return how common a value is among what is new to those who show it.

        Abroad is rare among everybody and not among people's first sign-ins from another country. `common` is its
        share among everybody: it speaks alone until enough is known, and for half of it then, as what is new to
        others need not be new to this person.
        """
        seen, of = self.firsts.get(key, 0), self.branchings.get(parent, 0)
        return 0.5 * common + 0.5 * (seen + _COMMON_WEIGHT * common) / (of + _COMMON_WEIGHT)

    def newness(self, chain: int, step: Step) -> float:
        """Return how often somebody with such a past, and away for so long, shows a new value at this level."""
        coarse, fine = cells_of(chain, step)
        variety = 1 + 0.5 * (step.kinds - 1 if step.kinds else 0)
        rate = _RATES[chain][step.level] * variety / (step.seen + _RATES[chain][step.level] * variety)
        for cell in (coarse, fine):
            found = self.novelty.get(cell)
            if found is not None:
                rate = (found.hits + _PRIOR_WEIGHT * rate) / (found.of + _PRIOR_WEIGHT)
        return rate

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
        for parent, key in lesson.firsts:
            self.firsts[key] = self.firsts.get(key, 0) + 1
            self.branchings[parent] = self.branchings.get(parent, 0) + 1
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
        for known in (self.counts, self.kinds, self.firsts, self.branchings):
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


def lesson_of(history: History, keys: Keys, now: datetime, *, score: float | None) -> Lesson:
    """Return what a verified sign-in teaches; `history` is the person's before it."""
    is_first = not len(history)
    steps = [(chain, step) for chain, path in enumerate(keys.chains) for step in history.steps(path, now)]
    novelty = tuple((cell, not step.times) for chain, step in steps for cell in cells_of(chain, step))
    return Lesson(
        network=keys.network,
        client=keys.client,
        hints=keys.hints,
        novelty=novelty,
        firsts=tuple((step.parent, step.key) for _, step in steps if not step.times),
        has_known_client=history.has_client(keys),
        has_missed=not history.has_cookie(keys),
        is_first=is_first,
        score=score,
    )


def cells_of(chain: int, step: Step) -> tuple[int, int]:
    """Return where the table of novelty counts such a step: by past alone, and by past and time away."""
    seen = _bucket(step.seen, _COUNT_BOUNDS)
    kinds = min(step.kinds, seen, _MOST_KINDS)
    coarse = ((chain * _CELLS_A_CHAIN + step.level) * 16 + seen) * 8 + kinds
    return coarse * 8 + 7, coarse * 8 + bisect_right(_AWAY_BOUNDS, step.away)


def _bucket(seen: int, bounds: tuple[int, ...]) -> int:
    """Return small counts as they are, larger ones by their size."""
    return seen if seen < bounds[0] else bounds[0] + bisect_right(bounds, seen) - 1
