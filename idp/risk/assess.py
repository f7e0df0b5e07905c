"""The whole assessment: the score's percentile and band, the rules beside it, and what could not be seen (risk.md §5).

Rules only raise the band, and each input has its own way to fail (`inputs`).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from idp.risk import inputs
from idp.risk.history import History
from idp.risk.inputs import Health
from idp.risk.model import CHALLENGE, FAILED, HIGH, LOW, UNKNOWN, Assessment, Visit
from idp.risk.observation import Keys
from idp.risk.population import Population
from idp.risk.score import MODEL, Score, score
from idp.risk.travel import FASTEST_KMH, Journey, journey

REFERENCE = (
    (-17.2, 20.0),
    (-12.5, 50.0),
    (-9.5, 70.0),
    (-5.9, 80.0),
    (-2.5, 86.5),
    (-0.7, 91.0),
    (1.6, 95.0),
    (3.6, 98.0),
    (5.6, 99.5),
    (20.0, 100.0),
)
"""Percentiles of legitimate scores, until an installation has its own."""
FIRST_REFERENCE = (
    (-6.0, 20.0),
    (-4.7, 50.0),
    (-2.9, 70.0),
    (-0.7, 90.0),
    (0.6, 95.0),
    (1.8, 98.0),
    (3.4, 99.5),
    (5.0, 100.0),
)
DORMANT = timedelta(days=90)
SOON = timedelta(minutes=15)
"""How long after a new device an action of consequence is looked at."""
_HIGH_BY = frozenset({"prompt_denied"})
_RAISED_BY = frozenset(
    {
        *("tor_exit", "attack_listed", "impossible_travel", "velocity", "spray", "after_failures", "provider_failing"),
        *("dormant_new_device", "action_after_new_device"),
    }
)
_MIDDLE = 50.0
"""Where somebody without a past stands of whom nothing was observed either: there is nothing that could be rare."""
_HOSTED = frozenset({"hosting", "vpn"})
_ADDED = 1.0
"""What a hosting or VPN network adds that this person has not come from before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one sign-in shows beside the values that are compared."""

    visit: Visit
    lists: tuple[str, ...] = ()
    """Of which lists the address is: `tor_exit`, `attack_listed`, `hosting`, `vpn`."""
    pace: tuple[str, ...] = ()
    """Signals of failures that came before: `velocity`, `spray`, `after_failures`, `provider_failing`."""
    person: tuple[str, ...] = ()
    """Signals of the person: `prompt_denied`, `phone_line_unusual`, `mail_disposable`."""
    is_action: bool = False
    """Whether something of consequence is being done, rather than signed in."""
    health: Mapping[str, Health] = field(default_factory=dict)


def assess(
    user_id: str,
    history: History,
    population: Population,
    *,
    keys: Keys,
    seen: Seen,
    before: Visit | None,
    shares: tuple[float, float],
) -> Assessment:
    """Assess a sign-in; `shares` are those of legitimate sign-ins that are challenged, and that count as high."""
    found = score(history, population, keys, seen.visit.at, doubted=inputs.doubted(seen.health))
    moved = journey(before, seen.visit, has_own_device=history.has_cookie(keys))
    rules = (*_rules(history, keys, seen, moved), *_devices(history, keys, seen, before), *seen.person)
    value = found.value + (_ADDED if "unusual_hosting" in rules else 0.0)
    percentile = _percentile(population, found, value)
    signals = (*rules, *inputs.reasons(seen.health))
    return Assessment(
        user_id=user_id,
        visit=seen.visit,
        before=before,
        score=value,
        percentile=percentile,
        band=band_of(percentile, shares, signals),
        terms=found.terms,
        signals=signals,
        kmh=moved.kmh if moved else None,
        km=moved.km if moved else None,
        is_first=found.is_first,
        network=keys.network,
        client=keys.client,
        hints=keys.hints,
        model=MODEL,
    )


def _percentile(population: Population, found: Score, value: float) -> float:
    if not found.terms:
        return _MIDDLE
    if found.is_first:
        return population.first_scores.percentile(value, FIRST_REFERENCE)
    return population.scores.percentile(value, REFERENCE)


def _rules(history: History, keys: Keys, seen: Seen, moved: Journey | None) -> tuple[str, ...]:
    """Return the rules that hold, in the order in which they are told."""
    rules: list[str] = [name for name in ("tor_exit", "attack_listed") if name in seen.lists]
    is_hosted = not _HOSTED.isdisjoint(seen.lists)
    if is_hosted and any(not step.times for step in history.steps(keys.network, seen.visit.at)):
        rules.append("unusual_hosting")
    if moved is not None and moved.kmh > FASTEST_KMH:
        rules.append("impossible_travel")
    # Whoever mistypes on their own device is not a stranger; a spray is one from whatever device.
    rules += [name for name in seen.pace if name == "spray" or not history.has_cookie(keys)]
    return tuple(rules)


def _devices(history: History, keys: Keys, seen: Seen, before: Visit | None) -> tuple[str, ...]:
    """Return the rules about a device that is new, or was a moment ago."""
    is_new = len(history) > 0 and not history.has_cookie(keys)
    was_new = before is not None and before.is_new_device and seen.visit.at - before.at <= SOON
    rules = []
    if is_new and history.gap(seen.visit.at) > DORMANT:
        rules.append("dormant_new_device")
    if seen.is_action and (is_new or was_new):
        rules.append("action_after_new_device")
    return tuple(rules)


def band_of(percentile: float, shares: tuple[float, float], signals: Collection[str]) -> str:
    """Return the band: by percentile, raised by rules; unknown where something failed that would have to be known.

    `shares` are those of legitimate sign-ins that are challenged, and that count as high.
    """
    challenge, high = shares
    if FAILED in signals:
        return UNKNOWN
    if percentile >= 100 * (1 - high) or not _HIGH_BY.isdisjoint(signals):
        return HIGH
    if not inputs.FAILURES.isdisjoint(signals):
        return UNKNOWN
    return CHALLENGE if percentile >= 100 * (1 - challenge) or not _RAISED_BY.isdisjoint(signals) else LOW
