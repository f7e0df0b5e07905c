"""The score: its terms, and what moves it."""

from dataclasses import fields, replace
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.risk.history import History
from idp.risk.observation import Observation
from idp.risk.population import Population
from idp.risk.score import COPIED_BOTH, Score, score
from tests.risk.kit import ELSEWHERE, HASHER, HOME, NOW, codes, learned, scored

_TEXT = st.sampled_from(["", "a", "b", "10.0.0.1", "2001:db8::1"])
ANY = st.builds(Observation, at=st.just(NOW), **{each.name: _TEXT for each in fields(Observation) if each.name != "at"})


@settings(deadline=None)
@given(st.lists(ANY, max_size=5), ANY)
def test_terms_sum_to_the_score(past: list[Observation], seen: Observation) -> None:
    """To 1e-9, whatever is seen and whatever is missing."""
    found = scored(seen, *learned(*past))
    assert sum(term.value for term in found.terms) == pytest.approx(found.value, abs=1e-9)
    assert len(set(codes(found))) == len(found.terms)


def weight_of(code: str, found: Score) -> float:
    return next(term.value for term in found.terms if term.code == code)


def test_the_usual_is_trusted_and_the_unusual_is_not() -> None:
    """A new network with a new browser and no cookie is far above home."""
    past = learned(HOME, times=5)
    usual, unusual = scored(HOME, *past), scored(ELSEWHERE, *past)
    assert usual.value < -4 < 2 < unusual.value
    assert {"country_new", "device_new", "device_cookie_missing"} < set(codes(unusual))
    assert {"country_usual", "address_usual", "agent_usual", "device_cookie_known"} < set(codes(usual))


def test_novelty_counts_once() -> None:
    """In a new country everything below is new: it adds nothing."""
    past = learned(HOME, times=5)
    abroad = scored(replace(HOME, country="RO", provider="8708", address="188.26.0.9"), *past)
    assert [code for code in codes(abroad) if code.endswith("_new")] == ["country_new"]


def test_a_copied_client_excuses_only_so_much() -> None:
    """However rare the owner's client: a thief who shows it gains no more than the share of thieves who would."""
    _, crowd = learned(replace(HOME, agent="common"), times=400)
    past = learned(replace(HOME, agent="very rare"), times=5, population=crowd)
    rare = scored(replace(HOME, agent="very rare"), *past)
    client = sum(term.value for term in rare.terms[5:] if not term.code.endswith(("_known", "_past")))
    assert client >= -4.61


def test_who_copies_the_network_may_copy_the_client() -> None:
    """Both at once excuse hardly more than one: a thief who has a reason for one has it for the other."""
    _, crowd = learned(*[replace(HOME, provider=f"{n}", agent=f"common {n}") for n in range(40)], times=10)
    past = learned(HOME, times=5, population=crowd)
    found = scored(HOME, *past)
    apart = [weight_of(f"{chain}_copied", found) for chain in ("network", "client")]
    assert weight_of("both_copied", found) > 0
    address = weight_of("address_usual", found)
    copyable = [term.value for term in found.terms if not term.code.startswith(("device_cookie", "long_past"))]
    assert sum(copyable) - address >= log(COPIED_BOTH)
    assert sum(copyable) - address - weight_of("both_copied", found) < log(COPIED_BOTH) - 1, "as if by chance"
    assert min(apart) > 0


def test_a_missing_cookie_weighs_what_it_says_of_this_person() -> None:
    """Much where the browser always brings it, little where it never does, or is new."""
    faithful = learned(HOME, times=9)
    forgetful = learned(replace(HOME, cookie=""), times=9)
    here, nowhere = replace(HOME, cookie=""), replace(ELSEWHERE, cookie="")
    assert weight_of("device_cookie_missing", scored(here, *faithful)) > 2
    assert weight_of("device_cookie_missing", scored(here, *forgetful)) < 0.3
    assert weight_of("device_cookie_missing", scored(nowhere, *faithful)) < 0.3


def test_what_was_not_observed_has_no_term() -> None:
    """Neither for nor against."""
    blind = replace(HOME, country="", provider="", address="")
    assert not [
        code for code in codes(scored(blind, *learned(HOME, times=3))) if code.startswith(("country", "address"))
    ]


def test_without_a_past_rarity_alone_speaks() -> None:
    """The rarer the country and the provider among everybody, the higher."""
    _, crowd = learned(HOME, times=50)
    common, rare = (scored(seen, History(), crowd) for seen in (HOME, ELSEWHERE))
    assert (common.is_first, codes(rare)) == (True, ["country_rare", "provider_rare"])
    assert common.value < -4 < -1 < rare.value
    assert [weight_of("country_rare", found) > 0 for found in (common, rare)] == [False, True]
    assert scored(replace(HOME, country="", provider=""), History(), Population()).value == 0


def test_a_past_is_only_of_its_own_person() -> None:
    """What one person shows is new for another."""
    _, crowd = learned(HOME, times=5)
    history, population = learned(ELSEWHERE, times=5, population=crowd)
    assert "country_new" in codes(scored(HOME, history, population))
    assert history.times(HASHER.keys(HOME).network[1]) == 0


def test_an_update_of_the_browser_weighs_little() -> None:
    """What stays the same beside the versions is compared first: it is the same device all the same."""
    past = learned(replace(HOME, agent="Mozilla/5.0 (Android 14; SM-G960F) Firefox/140.0"), times=5)
    updated = replace(HOME, browser_version="141", agent="Mozilla/5.0 (Android 15; SM-G960F) Firefox/141.0", cookie="")
    another = replace(updated, agent="Mozilla/5.0 (Android 15; Pixel 9) Firefox/141.0")
    assert {"make_usual", "browser_version_new"} < set(codes(scored(updated, *past)))
    assert "make_new" in codes(scored(another, *past))
    assert scored(updated, *past).value + 1 < scored(another, *past).value


def test_what_a_browser_does_not_tell_is_neutral() -> None:
    """Hints that stay away say nothing, nor do the first ones; another model than ever before does."""
    told = replace(HOME, model="Pixel 9", release="15")
    past = learned(told, times=5)
    assert {"model_usual", "release_usual"} < set(codes(scored(told, *past)))
    assert not [code for code in codes(scored(HOME, *past)) if code.startswith(("model", "release"))]
    assert not [code for code in codes(scored(told, *learned(HOME, times=5))) if code.startswith(("model", "release"))]
    other = scored(replace(told, model="Pixel 8"), *past)
    assert weight_of("model_new", other) > 0
    assert other.value > scored(HOME, *past).value


def test_a_doubted_file_speaks_against_and_not_for() -> None:
    """Its country excuses nobody any more, and a new one is as new as before."""
    past, keys = learned(HOME, times=5), HASHER.keys(HOME)
    doubting = score(*past, keys, NOW, doubted=frozenset({"country"}))
    assert "country_usual" not in codes(doubting)
    assert "provider_usual" in codes(doubting)
    assert doubting.value >= scored(HOME, *past).value
    abroad = HASHER.keys(replace(HOME, country="RO"))
    assert "country_new" in codes(score(*past, abroad, NOW, doubted=frozenset({"country"})))


@pytest.mark.parametrize(("times", "code"), [(1, "short_past"), (3, "long_past"), (8, "long_past")])
def test_the_length_of_a_past_is_evened_out(times: int, code: str) -> None:
    """Newcomers are asked little more often than others; from some length on it is the same for all."""
    weight = weight_of(code, scored(HOME, *learned(HOME, times=times)))
    assert (weight < 0) is (times < 3)
    longest = [weight_of("long_past", scored(HOME, *learned(HOME, times=each))) for each in (19, 40)]
    assert longest[0] == longest[1] > weight
