"""A new pepper each year: what is known moves to its new keys as it is seen again."""

from dataclasses import replace

from idp.risk.history import History
from idp.risk.observation import Hasher, Keys
from idp.risk.population import lesson_of
from idp.risk.rekeying import move, moved, moves
from idp.risk.score import score
from tests.risk.kit import ELSEWHERE, HASHER, HOME, NOW, learned

NEXT = Hasher(b"the next pepper")


def test_the_same_sign_in_scores_the_same_under_the_next_pepper() -> None:
    """Nobody is a stranger for a rotation, nor is anybody let through for it; a second time changes nothing."""
    told = replace(HOME, model="Pixel 9")
    for seen in (told, ELSEWHERE, replace(ELSEWHERE, cookie="another")):
        history, population = learned(told, times=5)
        before = score(history, population, HASHER.keys(seen), NOW)
        pairs = moves(HASHER.keys(seen), NEXT.keys(seen))
        for _ in range(2):
            move(pairs, history, population)
            assert score(history, population, NEXT.keys(seen), NOW) == before


def test_what_was_known_under_both_is_one() -> None:
    """A worker that had not noticed yet learned under the last pepper what another knew under the new one."""
    history, population = learned(HOME, times=3)
    history.learn(NEXT.keys(HOME), NOW)
    population.take(lesson_of(history, NEXT.keys(HOME), NOW, score=None))
    move(moves(HASHER.keys(HOME), NEXT.keys(HOME)), history, population)
    key = NEXT.keys(HOME).network[1]
    assert (history.times(key), population.counts[key]) == (4, 4)
    assert history.times(HASHER.keys(HOME).network[1]) == 0


def test_lessons_carry_what_moved() -> None:
    """So that every worker's population follows."""
    _, population = learned(HOME, times=3)
    pairs = moves(HASHER.keys(HOME), NEXT.keys(HOME))
    population.take(replace(lesson_of(History(), NEXT.keys(HOME), NOW, score=None), moves=pairs))
    assert set(population.counts) == {*NEXT.keys(HOME).network, *NEXT.keys(HOME).client}
    assert population.counts[NEXT.keys(HOME).network[0]] == 4


def test_what_an_intruder_taught_is_found_under_its_new_keys() -> None:
    """A report may come after the rotation."""
    intruder = replace(ELSEWHERE, cookie="theirs", model="Pixel 9")
    history, population = learned(HOME, intruder, times=1)
    pairs = moves(HASHER.keys(intruder), NEXT.keys(intruder))
    move(pairs, history, population)
    history.forget(moved(HASHER.keys(intruder), pairs))
    assert not history.has_cookie(NEXT.keys(intruder))
    assert not history.has_client(NEXT.keys(intruder))
    assert moved(Keys(network=(1,), client=(2,), cookie=0), pairs) == Keys(network=(1,), client=(2,), cookie=0)
