"""The score: its terms, and what moves it."""

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.risk.history import History
from idp.risk.observation import Observation
from idp.risk.population import Population
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
    client = sum(term.value for term in rare.terms[5:] if not term.code.startswith("device_cookie"))
    assert client >= -4.61


def test_a_missing_cookie_weighs_what_it_says_of_this_person() -> None:
    """Much where the browser always brings it, little where it never does, or is new."""
    faithful = learned(HOME, times=9)
    forgetful = learned(replace(HOME, cookie=""), times=9)
    here, nowhere = replace(HOME, cookie=""), replace(ELSEWHERE, cookie="")
    assert scored(here, *faithful).terms[-1].value > 2
    assert scored(here, *forgetful).terms[-1].value < 0.3
    assert scored(nowhere, *faithful).terms[-1].value < 0.3


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
    assert common.value < 0.1 < rare.value
    assert scored(replace(HOME, country="", provider=""), History(), Population()).value == 0


def test_a_past_is_only_of_its_own_person() -> None:
    """What one person shows is new for another."""
    _, crowd = learned(HOME, times=5)
    history, population = learned(ELSEWHERE, times=5, population=crowd)
    assert "country_new" in codes(scored(HOME, history, population))
    assert history.times(HASHER.keys(HOME).network[1]) == 0
