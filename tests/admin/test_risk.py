"""The console's page of risk: bands, scores, reasons, inputs, what was said, and what other bands would have done."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.admin.risk.service import Figures, figures
from idp.records.risks import store as risks
from idp.risk.model import Term
from idp.risk.population import Population
from idp.risk.sketch import ENOUGH
from idp.storage.engine import Database
from tests.admin.conftest import staff
from tests.support.builders import NOW, an_assessment
from tests.support.provider import Provider

USUAL = (0.05, 0.005)
PAST = (
    an_assessment("usual", score=-9.0, percentile=60.0),
    an_assessment("nearly", score=0.5, percentile=94.0, terms=(Term("agent_new", 0.9),)),
    an_assessment(
        "unusual",
        score=2.0,
        percentile=96.0,
        band="challenge",
        terms=(Term("country_new", 4.0), Term("long_past", 1.0)),
    ),
    an_assessment("theirs", score=2.5, percentile=97.0, band="challenge", signals=("city_stale",)),
    an_assessment("tor", score=-9.0, percentile=60.0, band="challenge", signals=("tor_exit", "hints_absent")),
    an_assessment("broken", percentile=10.0, band="unknown", signals=("city_failed",), is_first=True),
    an_assessment("high", score=99.0, percentile=99.9, band="high", terms=(Term("country_new", 6.0),)),
    an_assessment("old", at=NOW - timedelta(days=31), percentile=99.0, band="challenge"),
)


def computed(
    database: Database, *, wished: tuple[float, float] = USUAL, population: Population | None = None
) -> Figures:
    with database.transaction() as tx:
        for each in PAST:
            risks.add(tx, each)
        risks.say(tx, "unusual", "was_me")
        risks.say(tx, "theirs", "was_not_me")
        return figures(tx, population or Population(), shares=USUAL, wished=wished, now=NOW)


def test_bands_are_counted_with_what_people_said(database: Database) -> None:
    """Of the last thirty days; each with where it begins, in percentiles and in points."""
    found = computed(database)
    assert found.total == 7
    assert [(band.name, band.counted, band.would) for band in found.bands] == [
        ("low", 2, 2),
        ("challenge", 3, 3),
        ("high", 1, 1),
        ("unknown", 1, 1),
    ]
    unusual = found.bands[1]
    assert (unusual.percentile, unusual.points, unusual.first_points) == (95.0, 1.6, 0.6)
    assert (unusual.was_me, unusual.was_not_me) == (1, 1)
    assert found.bands[0].points is None


def test_points_are_the_installations_own_once_it_knows_enough(database: Database) -> None:
    """The shipped scale speaks until then."""
    population = Population()
    for number in range(ENOUGH):
        population.scores.add(number / 100)
    found = computed(database, population=population)
    assert found.has_own_scale
    assert found.bands[1].points == pytest.approx(9.5, abs=0.3)


@pytest.mark.parametrize(
    ("wished", "would", "more", "fewer", "not_me"),
    [((0.05, 0.005), 5, 0, 0, 0), ((0.1, 0.005), 6, 1, 0, 0), ((0.01, 0.005), 3, 0, 2, 1)],
    ids=["as it is", "more often", "more rarely"],
)
def test_other_bands_are_tried_on_the_past(
    database: Database, wished: tuple[float, float], would: int, more: int, fewer: int, not_me: int
) -> None:
    """What rules raised, and what failed, stays whatever the shares; whose report would have been missed is counted."""
    change = computed(database, wished=wished).change
    assert (change.asked, change.would, change.more, change.fewer, change.fewer_not_me) == (
        5,
        would,
        more,
        fewer,
        not_me,
    )


def test_scores_are_spread_over_bars_and_reasons_ranked(database: Database) -> None:
    """What lies outside counts at the ends, first sign-ins are left out; neutral reasons are none."""
    found = computed(database)
    bars = {bar.low: (bar.counted, bar.asked, bar.height) for bar in found.bars}
    assert (bars[-10], bars[0], bars[2], bars[14]) == ((2, 1, 100.0), (1, 0, 50.0), (2, 2, 100.0), (1, 1, 50.0))
    assert sum(bar.counted for bar in found.bars) == 6
    assert found.reasons[0] == ("country_new", 2)
    assert dict(found.reasons) == {"country_new": 2, "tor_exit": 1, "city_failed": 1}


@pytest.mark.parametrize("role", ["auditor", "helpdesk", "admin", "owner"])
def test_every_role_reads_it_in_words(provider: Provider, role: str) -> None:
    """Linked from the rail; inputs that are not installed say that they are neutral."""
    browser, person = staff(provider, role)
    assert "/admin/risk" in browser.get("/admin/").text
    page = browser.get("/admin/risk")
    assert page.status == 200
    assert all(page.has(name) for name in ("bands", "scores", "reasons", "inputs", "challenge", "high", "try"))
    assert "nothing: it is neutral" in page.document.text
    assert person.id not in page.text


def test_other_shares_are_asked_for_in_the_address(provider: Provider) -> None:
    """What is no share is told beside the fields, and what was typed stays; nothing is changed by asking."""
    browser, _ = staff(provider, "auditor")
    with provider.database.transaction() as tx:
        for each in PAST:
            risks.add(tx, replace(each, at=provider.clock.now() - timedelta(days=1)))
    asked = browser.get("/admin/risk?challenge=10&high=1")
    assert asked.has("change")
    assert "1 more" in asked.document.text
    assert "country: never seen of this person" in asked.document.text
    for query, field in (
        ("challenge=x", "Unusual"),
        ("challenge=-1", "Unusual"),
        ("challenge=51", "Unusual"),
        ("challenge=nan", "Unusual"),
        ("challenge=5&high=6", "High"),
        ("high=%3Cb%3E", "High"),
        ("challenge=%00", "Unusual"),
    ):
        page = browser.get(f"/admin/risk?{query}")
        assert page.status in (400, 422), query
        if page.status == 422:
            assert f"{field} must be" in page.document.text
            assert "<b>" not in page.text


def test_a_decision_tells_how_unusual_it_was(provider: Provider) -> None:
    """Every term in words, and what was said of it."""
    browser, _ = staff(provider, "auditor")
    decision_id = next(iter(provider.stored("risk_assessments", "decision_id")))
    page = browser.get(f"/admin/decisions/{decision_id}")
    assert page.has("terms")
    assert "is not installed: neutral" in page.document.text
