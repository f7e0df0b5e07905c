"""`/token` beside eight people signing in: hashing has its own lane, so machines are not held up by people."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster import Cluster, cluster
from tests.support.rush import DEFAULT_COST, PEOPLE, Crowd, Redeemer, plant_codes

WINDOW = 3.0
"""Seconds."""
CODES = 15_000

pytestmark = pytest.mark.workers


@pytest.fixture(scope="module")
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two worker processes, passwords hashed at the default cost."""
    with cluster(
        request, "sqlite", folder=Path(tmp_path_factory.mktemp("rate")), workers=2, racers=PEOPLE, **DEFAULT_COST
    ) as running:
        yield running


def test_token_is_answered_beside_people(two: Cluster) -> None:
    """While eight people sign in as fast as they are let, machines are served oftener than people (architecture.md §4).

    Both are counted over the same seconds, so it does not matter how fast the machine is. What codes keep of their
    rate is measured by `python -m tests.bench.beside`, and what they wait by `python -m tests.bench.storm`.
    """
    redeemer, crowd = Redeemer(two, plant_codes(two, CODES)), Crowd(two)
    crowd.admit(True)
    redeemed = redeemer.redeem(seconds=WINDOW)
    answers = crowd.end()
    assert set(answers) <= {"303", "503"}
    assert answers["303"] >= PEOPLE, "nobody was signing in"
    assert redeemed >= answers["303"], "people have held up machines"
    two.assert_calm()
