"""A sketch of an installation's own legitimate scores: 256 counters, from which a score's percentile is read.

Until a thousand are counted, the shipped reference speaks (risk.md §5.3): a new installation has a scale from its first
day, and moves to its own as it learns.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

BINS = 256
_LOWEST, _HIGHEST = -32.0, 32.0
_WIDTH = (_HIGHEST - _LOWEST) / BINS
ENOUGH = 1000


@dataclass(slots=True)
class Sketch:
    """How often each score was seen among verified sign-ins."""

    bins: list[int] = field(default_factory=lambda: [0] * BINS)
    total: int = 0

    def add(self, score: float) -> None:
        """Count one score."""
        self.bins[bin_of(score)] += 1
        self.total += 1

    def percentile(self, score: float, reference: Sequence[tuple[float, float]]) -> float:
        """Return the share of legitimate sign-ins with a lower score, 0 to 100.

        `reference` is what speaks until enough are counted: scores and their percentiles, both rising.
        """
        if self.total < ENOUGH:
            return _interpolated(score, reference)
        at = bin_of(score)
        below = sum(self.bins[:at])
        inside = min(1.0, max(0.0, (score - (_LOWEST + at * _WIDTH)) / _WIDTH))
        return 100.0 * (below + inside * self.bins[at]) / self.total

    def score_at(self, percentile: float, reference: Sequence[tuple[float, float]]) -> float:
        """Return the score below which this share of legitimate sign-ins lies, to a bin's width."""
        if self.total < ENOUGH:
            return _interpolated(percentile, [(share, score) for score, share in reference])
        wanted = self.total * percentile / 100.0
        at = next((index for index, sum_ in enumerate(accumulate(self.bins)) if sum_ >= wanted), BINS - 1)
        return _LOWEST + at * _WIDTH


def bin_of(score: float) -> int:
    """Return the counter of a score; what lies outside counts at the nearer end."""
    return min(BINS - 1, max(0, int((score - _LOWEST) / _WIDTH)))


def _interpolated(score: float, reference: Sequence[tuple[float, float]]) -> float:
    scores = [point[0] for point in reference]
    after = bisect_right(scores, score)
    if after == 0:
        return reference[0][1]
    if after == len(reference):
        return reference[-1][1]
    (low, low_share), (high, high_share) = reference[after - 1], reference[after]
    return low_share + (high_share - low_share) * (score - low) / (high - low)
