"""One assessment as people and as programs read it: every term with its words, and what was compared with what."""

from collections.abc import Iterator
from typing import Any

from idp.records.risks.model import KeptAssessment
from idp.risk.model import Visit
from idp.risk.words import words_of


def members_of(kept: KeptAssessment) -> dict[str, Any]:
    """Return what `--json` prints."""
    found = kept.assessment
    return {
        "decision_id": kept.decision_id,
        "user_id": kept.user_id,
        "at": kept.at,
        "band": kept.band,
        "percentile": round(found.percentile, 2),
        "score": found.score,
        "model": found.model,
        "terms": [{"code": term.code, "value": term.value, "words": words_of(term.code)} for term in found.terms],
        "signals": [{"code": code, "words": words_of(code)} for code in found.signals],
        "before": found.before,
        "now": found.visit,
        "kmh": found.kmh,
        "km": found.km,
        "taught": kept.taught,
        "feedback": kept.feedback,
        "recorded_only": found.is_recorded_only,
    }


def lines_of(kept: KeptAssessment) -> Iterator[str]:
    """Yield the lines for people: what speaks against the sign-in first."""
    found = kept.assessment
    yield f"decision {kept.decision_id} at {kept.at.isoformat()}, person {kept.user_id}"
    yield f"band {kept.band}{', recorded only' if found.is_recorded_only else ''}"
    yield f"score {found.score:.2f} (model {found.model}): higher than {found.percentile:.1f} % of legitimate sign-ins"
    if found.is_first:
        yield "nothing to compare with: rarity alone speaks"
    for term in sorted(found.terms, key=lambda term: -term.value):
        yield f"  {term.value:+7.2f}  {words_of(term.code)} ({term.code})"
    for code in found.signals:
        yield f"   signal  {words_of(code)} ({code})"
    yield f"before: {_visit(found.before)}"
    yield f"now:    {_visit(found.visit)}"
    if found.km is not None and found.kmh is not None:
        yield f"between them at least {found.km:.0f} km, {found.kmh:.0f} km/h"
    yield f"{'it' if kept.taught else 'nothing of it'} was learned{f'; said: {kept.feedback}' if kept.feedback else ''}"


def _visit(visit: Visit | None) -> str:
    if visit is None:
        return "no verified sign-in"
    place = visit.place
    where = f"{place.latitude}, {place.longitude} to {place.radius_km:.0f} km" if place else "place unknown"
    names = f"{visit.country or 'country unknown'}, provider {visit.provider or 'unknown'}"
    return f"{visit.at.isoformat()}, {names}, {where}{', a network that many share' if visit.is_shared else ''}"
