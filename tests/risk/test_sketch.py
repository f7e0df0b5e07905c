"""Percentiles from 256 counters."""

import pytest

from idp.risk.sketch import BINS, ENOUGH, Sketch, bin_of

REFERENCE = ((-8.0, 0.0), (0.0, 90.0), (2.0, 95.0), (8.0, 100.0))


@pytest.mark.parametrize(("score", "expected"), [(-9, 0), (-4, 45), (1, 92.5), (2, 95), (9, 100)])
def test_the_reference_speaks_at_first(score: float, expected: float) -> None:
    """Straight lines between its points, and its ends beyond them."""
    sketch = Sketch()
    for _ in range(ENOUGH - 1):
        sketch.add(30)
    assert sketch.percentile(score, REFERENCE) == expected


def test_its_own_scores_speak_once_there_are_enough() -> None:
    """To a quarter of a point."""
    sketch = Sketch()
    for number in range(2000):
        sketch.add(number / 100 - 10)
    assert sketch.percentile(0, REFERENCE) == pytest.approx(50, abs=1.5)
    assert sketch.percentile(9, REFERENCE) == pytest.approx(95, abs=1.5)
    assert sketch.score_at(95, REFERENCE) == pytest.approx(9, abs=0.3)
    assert (sketch.percentile(-99, REFERENCE), sketch.percentile(99, REFERENCE)) == (0, 100)
    assert Sketch(bins=[0] * BINS, total=2000).score_at(50, REFERENCE) > 31


def test_the_reference_is_read_both_ways() -> None:
    """From a score its percentile, and from a percentile its score."""
    for score, share in REFERENCE:
        assert Sketch().score_at(share, REFERENCE) == score


def test_what_lies_outside_counts_at_the_ends() -> None:
    """Nothing is lost."""
    assert (bin_of(-1000), bin_of(1000)) == (0, BINS - 1)
