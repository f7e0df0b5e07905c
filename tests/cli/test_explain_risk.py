"""`idp risk explain`: a stored assessment in words."""

import json
from datetime import timedelta

import pytest

from idp.cli.installation import opened
from idp.records.risks import store as risks
from idp.records.risks.model import KeptAssessment
from idp.risk.model import Assessment, Place, Term, Visit
from tests.cli.conftest import Idp
from tests.risk.kit import NOW

OSLO = Visit(
    at=NOW - timedelta(hours=2),
    country="NO",
    provider="29695",
    place=Place(latitude=59.9, longitude=10.7, radius_km=50),
)
TOKYO = Visit(at=NOW, country="JP", place=Place(latitude=35.7, longitude=139.7, radius_km=20), is_shared=True)
FOUND = Assessment(
    user_id="dora",
    visit=TOKYO,
    before=OSLO,
    score=3.25,
    percentile=98.2,
    band="challenge",
    terms=(Term("device_usual", -1.0), Term("country_new", 4.25)),
    signals=("impossible_travel",),
    km=8230.0,
    kmh=4115.0,
    is_recorded_only=True,
    model=2,
)
FIRST = Assessment(
    user_id="dora", visit=Visit(at=NOW), before=None, score=0.0, percentile=20.0, band="low", is_first=True
)


def keep(found: Assessment, **changes: object) -> None:
    kept = KeptAssessment(decision_id="d1", user_id="dora", at=NOW, band=found.band, assessment=found, **changes)  # type: ignore[arg-type] # by name
    with opened() as here, here.database.transaction() as tx:
        risks.add(tx, kept)


def test_explain_says_every_term_in_words(ready: Idp) -> None:
    """What speaks against the sign-in comes first, and the two sign-ins are there."""
    keep(FOUND, taught=True, feedback="was_me")
    result = ready("risk", "explain", "d1")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[:3] == [
        "decision d1 at 2026-03-04T12:00:00+00:00, person dora",
        "band challenge, recorded only",
        "score 3.25 (model 2): higher than 98.2 % of legitimate sign-ins",
    ]
    assert lines[3] == "    +4.25  country: never seen of this person (country_new)"
    for words in ("faster than an airliner", "NO, provider 29695", "8230 km, 4115 km/h", "many share", "said: was_me"):
        assert words in result.output


def test_explain_as_json(ready: Idp) -> None:
    """Terms sum to the score."""
    keep(FOUND)
    shown = json.loads(ready("risk", "explain", "d1", "--json").output)
    assert sum(term["value"] for term in shown["terms"]) == pytest.approx(shown["score"])
    assert shown["model"] == 2
    assert (shown["band"], shown["before"]["country"], shown["now"]["country"]) == ("challenge", "NO", "JP")


def test_explain_of_a_first_sign_in(ready: Idp) -> None:
    """There was nothing to compare with."""
    keep(FIRST)
    output = ready("risk", "explain", "d1").output
    assert "rarity alone speaks" in output
    assert "no verified sign-in" in output
    assert "place unknown" in output


def test_explain_of_what_is_not_there(ready: Idp) -> None:
    """Exit 1."""
    result = ready("risk", "explain", "d9")
    assert (result.exit_code, "no assessment" in result.output) == (1, True)
