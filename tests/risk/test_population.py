"""What is known of everybody."""

from dataclasses import replace

import pytest

from idp.risk.history import History, Step
from idp.risk.population import CLIENT_CHAIN, NETWORK_CHAIN, Lesson, Population, cells_of, lesson_of
from tests.risk.kit import ELSEWHERE, HASHER, HOME, NOW, learned


def a_step(*, seen: int = 4, kinds: int = 2, away: int = 0) -> Step:
    return Step(level=1, parent=1, key=2, seen=seen, kinds=kinds, times=0, away=away)


def test_a_share_is_never_nothing() -> None:
    """What nobody has shown is rare, not impossible."""
    _, population = learned(HOME, times=9)
    root, country, *_ = HASHER.keys(HOME).network
    new = HASHER.keys(ELSEWHERE).network[1]
    assert population.commonness(root, country) == 9.5 / 10
    assert population.commonness(root, new) == 0.5 / 10
    assert 0 < population.share(root, new) < population.share(root, country) < 0.4, "of nine, nothing is common yet"
    population.sign_ins = 40
    assert population.share(root, country) == 9.5 / 10


def test_a_level_that_was_left_out_is_not_counted_twice() -> None:
    """Its key is its parent's."""
    _, population = learned(replace(HOME, country="", provider=""), times=3)
    root, *_, prefix, _ = HASHER.keys(replace(HOME, country="", provider="")).network
    assert (population.counts[root], population.counts[prefix], population.kinds[root]) == (3, 3, 1)


def test_newness_is_learned_from_people_with_such_a_past() -> None:
    """The shipped rate speaks until there is something to see."""
    population, step = Population(), a_step()
    shipped = population.newness(NETWORK_CHAIN, step)
    lesson = Lesson(network=(1,), client=(2,), novelty=tuple((cell, True) for cell in cells_of(0, step)))
    for _ in range(200):
        population.take(lesson)
    learned_rate = population.newness(NETWORK_CHAIN, step)
    assert learned_rate > 1.5 * shipped
    assert population.newness(CLIENT_CHAIN, step) < learned_rate
    assert shipped < population.newness(NETWORK_CHAIN, a_step(away=100)) < learned_rate


def test_who_has_shown_more_shows_more() -> None:
    """Somebody on the move gets another address every time."""
    population = Population()
    rates = [population.newness(NETWORK_CHAIN, a_step(kinds=kinds)) for kinds in (0, 1, 3)]
    assert rates[0] == rates[1] < rates[2]
    assert population.newness(NETWORK_CHAIN, a_step(seen=40)) < rates[1]


def test_what_is_new_to_people_is_another_mix_than_what_is_common() -> None:
    """A country to which many travel is rare among everybody, and common among first sign-ins from abroad."""
    root, country, *_ = HASHER.keys(ELSEWHERE).network
    _, population = learned(HOME, times=60)
    untold = population.share(root, country)
    assert population.unusual_share(root, country, untold) == pytest.approx(untold)
    for _ in range(50):
        learned(HOME, ELSEWHERE, population=population)
    seldom = population.share(root, country)
    assert seldom < 0.35
    assert population.unusual_share(root, country, seldom) > 1.4 * seldom
    assert (population.firsts[country], population.branchings[root]) == (50, 50)


def test_missing_cookies_are_learned_apart_for_known_and_new_clients() -> None:
    """A new browser has none; a known one mostly has."""
    population = Population()
    assert population.missing(has_known_client=True) < population.missing(has_known_client=False)
    lesson = Lesson(network=(1,), client=(2,), has_known_client=True, has_missed=True)
    for _ in range(200):
        population.take(lesson)
    assert population.missing(has_known_client=True) > 0.9


def test_a_lesson_says_what_was_new_and_names_nobody() -> None:
    """The first sign-in teaches what is common, and nothing of habits."""
    history, _ = learned(HOME, times=2)
    first = lesson_of(History(), HASHER.keys(HOME), NOW, score=1.0)
    assert (first.is_first, first.novelty, first.firsts) == (True, (), ())
    lesson = lesson_of(history, HASHER.keys(ELSEWHERE), NOW, score=2.0)
    assert [is_new for _, is_new in lesson.novelty] == [True] * 4
    network, client = HASHER.keys(ELSEWHERE).network, HASHER.keys(ELSEWHERE).client
    assert lesson.firsts == ((network[0], network[1]), (client[0], client[1]))
    assert (lesson.is_first, lesson.has_known_client, lesson.has_missed) == (False, False, True)


def test_scores_are_sketched_apart_for_first_sign_ins() -> None:
    """They are of another kind."""
    population = Population()
    for is_first, score in ((True, 1.0), (False, 2.0), (False, None)):
        population.take(Lesson(network=(1,), client=(2,), is_first=is_first, score=score))
    assert (population.first_scores.total, population.scores.total) == (1, 1)
