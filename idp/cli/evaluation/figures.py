"""The figures of one pass: what each attacker would get past, and what stopping them costs everybody else.

The chain is always the same: a threshold stops a share of the attackers (TPR), and whoever of the legitimate sign-ins
scores at least as much is challenged. Intervals are those of the threshold, as other victims would have set it.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

from idp.cli.evaluation.replay import Legitimate, Replayed

STOPPED = (0.999, 0.995, 0.99, 0.98, 0.97)
BUDGETS = (1, 5, 10)
LENGTHS = (4, 12, 20, 30)
BANDS = ((1, 1), (2, 4), (5, 9), (10, 1 << 30))
_NORMAL = 1.96


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """What stopping a share of one kind of attacker takes."""

    stopped: float
    score: float
    challenged: float
    interval: tuple[float, float]
    counts: tuple[tuple[int, float | None], ...]
    """After so many sign-ins: how many of them the median person was challenged at; None: nobody had so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """How the model does against one kind of attacker."""

    attacks: int
    auc: float
    thresholds: tuple[Threshold, ...]
    recalls: tuple[tuple[float, float], ...]
    """Of a budget of challenges in percent: the share of attackers caught within it."""

    def challenged_at(self, stopped: float) -> float:
        """Return the share of legitimate sign-ins challenged when this share of attackers is stopped."""
        return next(each.challenged for each in self.thresholds if each.stopped == stopped)

    def recall_at(self, budget: float) -> float:
        """Return the share of attackers caught within a budget."""
        return dict(self.recalls)[budget]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything one pass shows."""

    rows: int
    scored: int
    attackers: dict[str, Against]
    cold: Against | None
    bands: tuple[tuple[int, int, float], ...]
    """Of people with so many sign-ins behind them: the share challenged at the middle budget."""
    microseconds: tuple[float, float]


def figures_of(found: Replayed, nanoseconds: Sequence[int], budgets: Sequence[float] = BUDGETS) -> Figures:
    """Return the figures of one pass."""
    scores = array("d", sorted(found.legitimate.scores))
    first = sorted(found.first)
    cold = against(first, found.first_takeovers, None, budgets) if first and found.first_takeovers else None
    attackers = {
        kind: against(scores, attacks, found.legitimate, budgets)
        for kind, attacks in found.attacks.items()
        if scores and attacks
    }
    spent = sorted(nanoseconds) or [0]
    return Figures(
        rows=found.rows,
        scored=len(scores),
        attackers=attackers,
        cold=cold,
        bands=_bands(found.legitimate, scores),
        microseconds=(spent[len(spent) // 2] / 1000, spent[int(len(spent) * 0.99)] / 1000),
    )


def against(
    legitimate: Sequence[float], attacks: Sequence[float], whose: Legitimate | None, budgets: Sequence[float]
) -> Against:
    """Return how well scores tell attackers apart; `legitimate` rises."""
    rising = sorted(attacks)
    return Against(
        attacks=len(rising),
        auc=auc(legitimate, rising),
        thresholds=tuple(_threshold(legitimate, rising, whose, stopped) for stopped in STOPPED),
        recalls=tuple((budget, _recall(legitimate, rising, budget)) for budget in budgets),
    )


def auc(legitimate: Sequence[float], attacks: Sequence[float]) -> float:
    """Return how often an attack scores more than a legitimate sign-in, a tie counting half; `legitimate` rises."""
    above = sum(bisect_left(legitimate, score) + bisect_right(legitimate, score) for score in attacks)
    return above / 2 / len(legitimate) / len(attacks)


def _threshold(
    legitimate: Sequence[float], attacks: Sequence[float], whose: Legitimate | None, stopped: float
) -> Threshold:
    let_through = (1 - stopped) * len(attacks)
    place = int(let_through + 1e-9)
    spread = _NORMAL * sqrt(let_through * stopped)
    score = attacks[place]
    low, high = max(0, int(place - spread)), min(len(attacks) - 1, int(place + spread) + 1)
    return Threshold(
        stopped=stopped,
        score=score,
        challenged=_at_least(legitimate, score),
        interval=(_at_least(legitimate, attacks[high]), _at_least(legitimate, attacks[low])),
        counts=_counts(whose, score) if whose is not None else (),
    )


def _at_least(rising: Sequence[float], score: float) -> float:
    return (len(rising) - bisect_left(rising, score)) / len(rising)


def _recall(legitimate: Sequence[float], attacks: Sequence[float], budget: float) -> float:
    return (len(attacks) - bisect_right(attacks, _budget_score(legitimate, budget))) / len(attacks)


def _budget_score(rising: Sequence[float], budget: float) -> float:
    return rising[min(len(rising) - 1, int(len(rising) * (1 - budget / 100)))]


def _counts(whose: Legitimate, score: float) -> tuple[tuple[int, float | None], ...]:
    """Return the median number of challenges after so many sign-ins, over the people who had as many."""
    challenged: dict[int, list[int]] = {}
    for person, value in zip(whose.people, whose.scores, strict=True):
        challenged.setdefault(person, []).append(value >= score)
    counts = []
    for length in LENGTHS:
        of_people = [sum(each[:length]) for each in challenged.values() if len(each) >= length]
        counts.append((length, median(of_people) if of_people else None))
    return tuple(counts)


def _bands(whose: Legitimate, rising: Sequence[float]) -> tuple[tuple[int, int, float], ...]:
    if not rising:
        return ()
    score = _budget_score(rising, BUDGETS[1])
    shares = []
    for low, high in BANDS:
        inside = [value > score for past, value in zip(whose.past, whose.scores, strict=True) if low <= past <= high]
        shares.append((low, high, sum(inside) / len(inside) if inside else 0.0))
    return tuple(shares)
