"""The derived order of levels and the join of requirements."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.policy.language import Alternative, Level
from idp.policy.levels import is_as_strong, join, shorter
from idp.policy.model import Requirement
from tests.policy.kit import FIRST, MFA, PHR, PHRH, TWO, a_bundle, span

BUNDLE = a_bundle()
REQUIREMENTS = st.builds(
    Requirement,
    acr=st.lists(st.sampled_from([FIRST, TWO, MFA, PHR, PHRH]), max_size=4).map(tuple),
    max_age=st.one_of(st.none(), st.integers(0, 5).map(lambda minutes: timedelta(minutes=minutes))),
    forbid=st.frozensets(st.sampled_from(["sms", "voice", "email"])),
)


def test_levels_have_a_derived_order() -> None:
    """It is shown, never declared: 1fa < 2sv < mfa < phr < phrh."""
    order = [FIRST, TWO, MFA, PHR, PHRH]
    for position, level in enumerate(order):
        assert set(BUNDLE.stronger[level]) == set(order[position:])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Alternative(kinds=2), Alternative(), True),
        (Alternative(), Alternative(kinds=2), False),
        (Alternative(proofs=2, channels=2), Alternative(channels=2), True),
        (Alternative(kinds=2), Alternative(proofs=2), False),
        (Alternative(phishing_resistant=True), Alternative(kinds=2), False),
        (Alternative(device_bound=True, attested=True), Alternative(device_bound=True), True),
        (Alternative(attested=True), Alternative(device_bound=True), False),
    ],
)
def test_one_alternative_asks_all_that_another_asks(one: Alternative, other: Alternative, expected: bool) -> None:
    """Counts are at least as high, and every property asked there is asked here."""
    levels = [Level(name=name, title="", needs=(needs,)) for name, needs in (("a", one), ("b", other))]
    assert is_as_strong(*levels) is expected


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [("12h", "24h", True), ("24h", "12h", False), (None, "24h", False), ("24h", None, True), (None, None, True)],
)
def test_a_level_is_as_strong_only_if_its_valid_for_is_no_longer(
    mine: str | None, theirs: str | None, expected: bool
) -> None:
    """None is endless."""
    one, other = (
        Level(name=name, title="", needs=(Alternative(kinds=2),), valid_for=None if text is None else span(text))
        for name, text in (("a", mine), ("b", theirs))
    )
    assert is_as_strong(one, other) is expected


def test_a_way_that_another_covers_is_left_out() -> None:
    """The first level holds by any proof, or by an old password beside something young."""
    assert [(way.level, way.kinds, way.count) for way in BUNDLE.ways[FIRST]] == [
        (FIRST, 0, 1),
        (TWO, 0, 2),
        (TWO, 2, 1),
    ]
    assert len(BUNDLE.ways[MFA]) == 1


@given(REQUIREMENTS, REQUIREMENTS, REQUIREMENTS)
def test_the_join_is_commutative_associative_and_idempotent(
    one: Requirement, two: Requirement, three: Requirement
) -> None:
    """Order of rules never matters."""
    assert join(BUNDLE, (one, two)) == join(BUNDLE, (two, one))
    left = join(BUNDLE, (join(BUNDLE, (one, two)), three))
    assert left == join(BUNDLE, (one, join(BUNDLE, (two, three)))) == join(BUNDLE, (one, two, three))
    assert join(BUNDLE, (one, one)) == join(BUNDLE, (one,)) == join(BUNDLE, (join(BUNDLE, (one,)),))


def test_of_equally_strong_levels_the_one_listed_first_is_kept() -> None:
    """Two names for one strength."""
    twins = "".join(f"  {name}: {{title: Twin, needs: [{{kinds: 2}}]}}\n" for name in "ab")
    acr = f"acr:\n  {FIRST}: {{title: In, needs: [any]}}\n{twins}"
    bundle = a_bundle(acr=acr, actions="")
    assert join(bundle, (Requirement(acr=("b", "a")),)).acr == ("a",)


@pytest.mark.parametrize(("one", "other", "expected"), [(None, None, None), (None, 5, 5), (5, None, 5), (5, 3, 3)])
def test_shorter(one: int | None, other: int | None, expected: int | None) -> None:
    """None is endless."""
    spans = [None if seconds is None else timedelta(seconds=seconds) for seconds in (one, other, expected)]
    assert shorter(spans[0], spans[1]) == spans[2]
