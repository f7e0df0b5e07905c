"""Journeys between two sign-ins."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.risk.model import Place, Visit
from idp.risk.travel import distance_km, journey
from tests.risk.kit import NOW

OSLO, TOKYO = Place(latitude=59.9, longitude=10.7, radius_km=50), Place(latitude=35.7, longitude=139.7, radius_km=20)
BEFORE, AFTER = Visit(at=NOW, place=OSLO), Visit(at=NOW + timedelta(hours=4), place=TOKYO)


def test_distance_is_that_on_the_globe() -> None:
    """Oslo to Tokyo is some 8,400 km; to itself nothing; to the other side half the globe."""
    assert distance_km(OSLO, TOKYO) == pytest.approx(8400, rel=0.01)
    assert distance_km(OSLO, OSLO) == 0
    one, other = Place(latitude=0, longitude=0, radius_km=0), Place(latitude=0, longitude=180, radius_km=0)
    assert distance_km(one, other) == pytest.approx(20015, rel=0.001)


def test_both_radii_and_a_tolerance_are_taken_off() -> None:
    """So that two guesses about one town are no journey."""
    found = journey(BEFORE, AFTER, has_own_device=False)
    assert found is not None
    assert found.km == pytest.approx(distance_km(OSLO, TOKYO) - 50 - 20 - 100)
    assert found.kmh == pytest.approx(found.km / 4)
    assert journey(BEFORE, replace(BEFORE, at=NOW), has_own_device=False) == (0, 0)


def test_no_time_is_shorter_than_a_quarter_of_an_hour() -> None:
    """A clock that is off makes no rocket."""
    found = journey(BEFORE, replace(AFTER, at=NOW), has_own_device=False)
    assert found is not None
    assert found.kmh == pytest.approx(found.km * 4)


@pytest.mark.parametrize(
    ("before", "after", "has_own_device"),
    [
        (None, AFTER, False),
        (BEFORE, AFTER, True),
        (replace(BEFORE, is_shared=True), AFTER, False),
        (BEFORE, replace(AFTER, is_shared=True), False),
        (replace(BEFORE, place=None), AFTER, False),
        (BEFORE, replace(AFTER, place=None), False),
    ],
    ids=["first", "own device", "from a relay", "to a relay", "from nowhere", "to nowhere"],
)
def test_where_nothing_can_be_said_there_is_no_journey(
    before: Visit | None, after: Visit, has_own_device: bool
) -> None:
    """Absent, which no rule matches."""
    assert journey(before, after, has_own_device=has_own_device) is None
