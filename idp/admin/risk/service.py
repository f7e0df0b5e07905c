"""Figures of risk: bands and their points, scores, reasons, what people said, and what other bands would have done.

Everything is computed from the assessments that were kept, by the very function that puts a sign-in into its band. A
chart is geometry only; its figures are in the table behind it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.login.assessing.facts import reasons_of
from idp.records.risks import store as risks
from idp.records.risks.model import WAS_ME, WAS_NOT_ME, KeptAssessment
from idp.risk.assess import FIRST_REFERENCE, REFERENCE, band_of
from idp.risk.model import CHALLENGE, HIGH, LOW, UNKNOWN
from idp.risk.population import Population
from idp.risk.sketch import ENOUGH
from idp.storage.tx import Tx

DAYS = 30
_MOST = 5000
"""Assessments that are looked at; of more, the newest."""
BANDS = (LOW, CHALLENGE, HIGH, UNKNOWN)
_LOWEST, _HIGHEST, _WIDTH = -16, 16, 2
_REASONS = 10
_NEUTRAL = ("_absent", "_stale")
Shares = tuple[float, float]
"""Of legitimate sign-ins: those challenged, and those that count as high."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One band: where it begins, how many sign-ins were in it, what people said of them, how many would be."""

    name: str
    percentile: float | None
    points: float | None
    """The score it begins at, of people with a past; `first_points` of those without."""
    first_points: float | None
    counted: int
    was_me: int
    was_not_me: int
    would: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Sign-ins with scores from `low` to below `high`; heights are of 100, `asked_height` of what is not low."""

    low: int
    high: int
    counted: int
    asked: int
    height: float
    asked_height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What other shares would have done to the sign-ins that were looked at."""

    asked: int
    """Not in the low band, as it was."""
    would: int
    more: int
    fewer: int
    fewer_not_me: int
    """Of those no longer asked: how many a person has said were not theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Everything on the page."""

    total: int
    is_partial: bool
    recorded_only: int
    bands: tuple[Band, ...]
    bars: tuple[Bar, ...]
    change: Change
    reasons: tuple[tuple[str, int], ...]
    learned: int
    has_own_scale: bool


def figures(tx: Tx, population: Population, *, shares: Shares, wished: Shares, now: datetime) -> Figures:
    """Return the figures of the last `DAYS` days; `wished` are the shares to try."""
    kept = risks.list_newest(tx, now - timedelta(days=DAYS), limit=_MOST)
    would = [band_of(each.assessment.percentile, wished, each.assessment.signals) for each in kept]
    return Figures(
        total=len(kept),
        is_partial=len(kept) == _MOST,
        recorded_only=sum(each.assessment.is_recorded_only for each in kept),
        bands=_bands(kept, would, population, shares),
        bars=_bars(kept),
        change=_change(kept, would),
        reasons=tuple(_reasons(kept).most_common(_REASONS)),
        learned=population.sign_ins,
        has_own_scale=population.scores.total >= ENOUGH,
    )


def _bands(
    kept: Sequence[KeptAssessment], would: Sequence[str], population: Population, shares: Shares
) -> tuple[Band, ...]:
    counted, wished = Counter(each.band for each in kept), Counter(would)
    said = Counter((each.band, each.feedback) for each in kept)
    begins = {CHALLENGE: 100 * (1 - shares[0]), HIGH: 100 * (1 - shares[1])}
    return tuple(
        Band(
            name=name,
            percentile=begins.get(name),
            points=population.scores.score_at(begins[name], REFERENCE) if name in begins else None,
            first_points=population.first_scores.score_at(begins[name], FIRST_REFERENCE) if name in begins else None,
            counted=counted[name],
            was_me=said[name, WAS_ME],
            was_not_me=said[name, WAS_NOT_ME],
            would=wished[name],
        )
        for name in BANDS
    )


def _bars(kept: Iterable[KeptAssessment]) -> tuple[Bar, ...]:
    """Return how scores are spread; those of people without a past are of another kind, and left out."""
    counted: Counter[int] = Counter()
    asked: Counter[int] = Counter()
    for each in kept:
        if not each.assessment.is_first:
            low = min(max(int(each.assessment.score // _WIDTH) * _WIDTH, _LOWEST), _HIGHEST - _WIDTH)
            counted[low] += 1
            asked[low] += each.band != LOW
    percent = 100 / max(1, *counted.values(), 1)
    return tuple(
        Bar(
            low=low,
            high=low + _WIDTH,
            counted=counted[low],
            asked=asked[low],
            height=round(counted[low] * percent, 1),
            asked_height=round(asked[low] * percent, 1),
        )
        for low in range(_LOWEST, _HIGHEST, _WIDTH)
    )


def _change(kept: Sequence[KeptAssessment], would: Sequence[str]) -> Change:
    pairs = tuple(zip(kept, would, strict=True))
    fewer = [each for each, band in pairs if each.band != LOW and band == LOW]
    return Change(
        asked=sum(each.band != LOW for each in kept),
        would=sum(band != LOW for band in would),
        more=sum(each.band == LOW and band != LOW for each, band in pairs),
        fewer=len(fewer),
        fewer_not_me=sum(each.feedback == WAS_NOT_ME for each in fewer),
    )


def _reasons(kept: Iterable[KeptAssessment]) -> Counter[str]:
    """Return how often each reason was named where more was asked."""
    named: Counter[str] = Counter()
    for each in kept:
        if each.band != LOW:
            told = {*each.assessment.signals, *reasons_of(each.assessment)}
            named.update(code for code in told if not code.endswith(_NEUTRAL))
    return named
