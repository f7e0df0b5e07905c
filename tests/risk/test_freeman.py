"""The published score: vectors computed by hand, and every sign-in of a longer log by the definition itself."""

from itertools import product
from math import log

import pytest

from idp.risk.freeman import ADDRESS_WEIGHTS, AGENT_WEIGHTS, Features, Freeman

HOME = Features(address=("10.0.0.1", "100", "NO"), agent=("Firefox on Windows", "Firefox 80", "Windows 10", "desktop"))
AWAY = Features(address=("10.9.9.9", "200", "SE"), agent=("Chrome on Android", "Chrome 85", "Android 11", "mobile"))
NEXT_DOOR = Features(address=("10.0.0.2", "100", "NO"), agent=HOME.agent)


def a_model() -> Freeman:
    """anna signed in 3 times from home, bert once from away."""
    model = Freeman()
    for person, features in (("anna", HOME), ("anna", HOME), ("anna", HOME), ("bert", AWAY)):
        model.learn(person, features)
    return model


# N = 4 sign-ins, |U| = 2. Address: M = 1 + 2 providers + 2 countries = 5, k = 3; agent: M = 1 + 2 + 2 + 2 = 7, k = 4.
VECTORS = [
    # anna from home: everything seen 3 times of 4, by her 3 of 3.
    #   address p = .6 * (3/4 * 4/9 * 3/6) + .3 * 3/4 + .1 * 3/4 = .1 + .225 + .075 = .4
    #   agent   p = .5387 * (3/4 * 4/11 * 3/7) + .4613 * 3/4 = .0629636 + .345975 = .4089386
    #   p(u|A)/p(u|L) = (1/2) / (3/4) = 2/3
    pytest.param("anna", HOME, 0.4 * 0.4089386 * 2 / 3, id="usual"),
    # anna next door: the address is new to everybody: 1/(4+5); of her levels it has provider and country: .3 + .1
    #   address p = .6 / 9 + .225 + .075 = .3666667, ratio / .4 = .9166667
    pytest.param("anna", NEXT_DOOR, 0.9166667 * 0.4089386 * 2 / 3, id="a new address"),
    # anna as bert: nothing of it was ever hers: both features count 4
    pytest.param("anna", AWAY, 4 * 4 * 2 / 3, id="nothing known"),
    # bert from away: seen once of 4, by him 1 of 1
    #   address p = .6 * (1/4 * 4/9 * 1/4) + .4 * 1/4 = .0166667 + .1 = .1166667
    #   agent   p = .5387 * (1/4 * 4/11 * 1/5) + .4613 * 1/4 = .0097945 + .115325 = .1251195
    #   p(u|A)/p(u|L) = (1/2) / (1/4) = 2
    pytest.param("bert", AWAY, 0.1166667 * 0.1251195 * 2, id="short history"),
]


@pytest.mark.parametrize(("person", "features", "expected"), VECTORS)
def test_hand_computed_vectors(person: str, features: Features, expected: float) -> None:
    """Within 0.5 %, and far closer."""
    assert a_model().score(person, features) == pytest.approx(expected, rel=1e-4)
    assert a_model().logarithm(person, features) == pytest.approx(log(expected), abs=1e-4)


def by_definition(log_: list[tuple[str, Features]], person: str, features: Features) -> float:
    """Compute S from the list of sign-ins, by nothing but counting (risk.md §1.2)."""
    own = [seen for who, seen in log_ if who == person]
    ratio = (1 / len({who for who, _ in log_})) / (len(own) / len(log_))
    for name, weights in (("address", ADDRESS_WEIGHTS), ("agent", AGENT_WEIGHTS)):
        values, size = getattr(features, name), len(weights)
        everybody = [getattr(seen, name) for _, seen in log_]
        mine = [getattr(seen, name) for seen in own]
        count = [sum(each[level] == values[level] for each in everybody) for level in range(size)]
        distinct = 1 + sum(len({each[level] for each in everybody}) for level in range(1, size))
        total = len(log_)
        finest = (count[0] / total) * (total / (total + distinct)) * (count[0] / (count[0] + size))
        shares = [finest if count[0] else 1 / (total + distinct), *(count[level] / total for level in range(1, size))]
        likely = sum(
            weights[level] * sum(each[level] == values[level] for each in mine) / len(mine) for level in range(size)
        )
        ratio *= sum(w * share for w, share in zip(weights, shares, strict=True)) / likely if likely else 4
    return ratio


def test_a_whole_log_agrees_with_the_definition() -> None:
    """Each of 160 sign-ins of five people, scored before it is learned."""
    model, seen = Freeman(), []
    compared = 0
    for number in range(160):
        person, place, client = "abcde"[number * 7 % 5], number * 11 % 13, number * 5 % 7
        address = (f"10.0.{place}.{number % 3}", str(place % 4), "NO" if place % 4 else "SE")
        agent = (f"agent {client}.{number // 50}", f"browser {client}", f"system {client % 3}", "mobile")
        features = Features(address=address, agent=agent)
        assert model.knows(person) is any(who == person for who, _ in seen)
        if model.knows(person):
            assert model.score(person, features) == pytest.approx(by_definition(seen, person, features), rel=1e-9)
            compared += 1
        model.learn(person, features)
        seen.append((person, features))
    assert compared > 150


def test_weights_are_the_authors() -> None:
    """Each feature's weights sum to one."""
    for weights, name in product((ADDRESS_WEIGHTS, AGENT_WEIGHTS), ("sum",)):
        assert sum(weights) == pytest.approx(1, abs=1e-4), name
