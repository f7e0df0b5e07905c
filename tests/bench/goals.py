"""What is to be reached, and how far it is: the gate and the moonshot of each line of performance.md §3."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Goal:
    """What a figure must reach, and what it would be at its best."""

    gate: float | None
    moonshot: float | None
    is_limit: bool = False
    """Whether less is better: a time, a size."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure beside its goal."""

    scenario: str
    beside: str
    """What the figure is: times which peer, or in which unit."""
    measured: float
    goal: Goal
    noise: float = 0.0
    """How far the rounds lie from their median, by the median of that; a gate is reached within it."""

    @property
    def is_reached(self) -> bool | None:
        """Tell whether the gate holds; None where there is none."""
        if self.goal.gate is None:
            return None
        if self.goal.is_limit:
            return self.measured <= self.goal.gate + self.noise
        return self.measured >= self.goal.gate - self.noise

    @property
    def way(self) -> float | None:
        """Return how much of the way to the moonshot is done: 1 is there."""
        if self.goal.moonshot is None or self.measured <= 0:
            return None
        return self.goal.moonshot / self.measured if self.goal.is_limit else self.measured / self.goal.moonshot


def found(scenario: str, beside: str, rounds: Sequence[float], goal: Goal) -> Finding:
    """Return what several rounds say."""
    middle = median(rounds)
    return Finding(scenario, beside, middle, goal, noise=median(abs(each - middle) for each in rounds))


def lines(findings: Sequence[Finding]) -> list[str]:
    """Return the table of all goals."""
    form = "{:<18}{:<24}{:>10}{:>9}  {:<7}{:>10}{:>8}"
    told = [form.format("goal of", "measured as", "measured", "gate", "", "moonshot", "of it")]
    for each in findings:
        verdict = {True: "passed", False: "MISSED", None: ""}[each.is_reached]
        way = "" if each.way is None else f"{each.way:.0%}"
        sign = "≤" if each.goal.is_limit else "≥"
        gate, moonshot = ("-" if goal is None else f"{sign}{goal:g}" for goal in (each.goal.gate, each.goal.moonshot))
        told.append(form.format(each.scenario, each.beside, f"{each.measured:.2f}", gate, verdict, moonshot, way))
    return told
