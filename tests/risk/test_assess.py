"""Bands, rules and what happens where an input is missing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.risk.assess import DORMANT, FIRST_REFERENCE, REFERENCE, SOON, Seen, assess, band_of
from idp.risk.history import History
from idp.risk.inputs import Health
from idp.risk.model import Assessment, Place, Visit
from idp.risk.observation import Observation
from idp.risk.population import Population
from idp.risk.score import MODEL
from idp.risk.words import words_of
from tests.risk.kit import DAY, ELSEWHERE, HASHER, HOME, NOW, learned

OSLO, TOKYO = Place(latitude=59.9, longitude=10.7, radius_km=50), Place(latitude=35.7, longitude=139.7, radius_km=20)
FRESH = {"city": Health.FRESH, "lists": Health.FRESH}


def assessed(
    seen: Observation,
    past: tuple[History, Population],
    *,
    lists: tuple[str, ...] = (),
    pace: tuple[str, ...] = (),
    person: tuple[str, ...] = (),
    is_action: bool = False,
    health: Mapping[str, Health] | None = None,
    visit: Visit | None = None,
    before: Visit | None = None,
) -> Assessment:
    shown = Seen(
        visit=visit or Visit(at=NOW),
        lists=lists,
        pace=pace,
        person=person,
        is_action=is_action,
        health=FRESH if health is None else health,
    )
    keys = HASHER.keys(seen)
    return assess("dora", *past, keys=keys, seen=shown, before=before, shares=(0.05, 0.005))


def test_bands_are_shares_of_legitimate_sign_ins() -> None:
    """The usual is low, everything new is high, and the bundle says where the lines are."""
    past = learned(HOME, times=9)
    assert assessed(HOME, past).band == "low"
    unusual = assessed(ELSEWHERE, past)
    assert unusual.band == "high"
    assert unusual.percentile > 99.5
    assert unusual.model == MODEL
    near = assess(
        "dora", *past, keys=HASHER.keys(ELSEWHERE), seen=Seen(visit=Visit(at=NOW)), before=None, shares=(0.05, 0.0)
    )
    assert near.band == "challenge"


def test_of_whom_nothing_is_known_and_nothing_observed_nothing_is_rare() -> None:
    """Without any file everybody's first sign-in looks alike: it is in the middle, whatever the shares."""
    blind = replace(ELSEWHERE, country="", provider="")
    found = assessed(blind, (History(), Population()))
    assert (found.terms, found.percentile, found.band) == ((), 50.0, "low")


@pytest.mark.parametrize("signal", ["tor_exit", "attack_listed"])
def test_a_listed_address_is_at_least_asked(signal: str) -> None:
    """However usual everything else is, and for those without a past too."""
    assert assessed(HOME, learned(HOME, times=9), lists=(signal,)).band == "challenge"
    assert assessed(HOME, (History(), Population()), lists=(signal,)).signals == (signal,)


def test_hosting_counts_only_where_it_is_new_to_the_person() -> None:
    """Somebody whose company's gateway stands in a data centre is not bothered for ever."""
    past = learned(HOME, times=9)
    assert "unusual_hosting" not in assessed(HOME, past, lists=("hosting",)).signals
    abroad = replace(HOME, country="RO", provider="1", address="9.9.9.9")
    plain, hosted = assessed(abroad, past), assessed(abroad, past, lists=("vpn",))
    assert hosted.signals == ("unusual_hosting",)
    assert hosted.score == plain.score + 1
    assert assessed(abroad, (History(), Population()), lists=("vpn",)).signals == ()


def test_pace_raises() -> None:
    """Failures that came before are told by their own names; not to whoever mistypes on their own device."""
    past, stranger = learned(HOME, times=9), replace(HOME, cookie="")
    for signal in ("velocity", "after_failures", "provider_failing"):
        assert assessed(stranger, past, pace=(signal,)).signals == (signal,)
        assert assessed(stranger, past, pace=(signal,)).band != "low"
        assert assessed(HOME, past, pace=(signal,)).signals == ()
    assert assessed(HOME, past, pace=("spray",)).band == "challenge"


def test_a_new_device_after_a_long_absence_is_asked() -> None:
    """The own device after as long is not."""
    past = learned(HOME, times=3)
    late = Visit(at=NOW + DORMANT)
    assert assessed(replace(HOME, cookie=""), past, visit=late).signals == ("dormant_new_device",)
    assert assessed(HOME, past, visit=late).signals == ()


@pytest.mark.parametrize(
    ("seen", "minutes", "is_new_device", "is_action", "band"),
    [
        (HOME, 5, True, True, "challenge"),
        (HOME, 5, True, False, "low"),
        (HOME, 5, False, True, "low"),
        (HOME, 16, True, True, "low"),
        (replace(HOME, cookie=""), 99, False, True, "challenge"),
    ],
    ids=["right after", "only a sign-in", "after the usual device", "later", "with the new device itself"],
)
def test_something_of_consequence_right_after_a_new_device_is_asked(
    seen: Observation, minutes: int, is_new_device: bool, is_action: bool, band: str
) -> None:
    """Whoever gets in uses it at once; for a quarter of an hour it is looked at (risk.md §5.2)."""
    before = Visit(at=NOW - timedelta(minutes=minutes), is_new_device=is_new_device)
    found = assessed(seen, learned(HOME, times=9), before=before, is_action=is_action)
    assert (found.band, "action_after_new_device" in found.signals) == (band, band == "challenge")
    assert timedelta(minutes=15) == SOON


def test_a_first_sign_in_is_on_no_new_device() -> None:
    """Everything is new to somebody without a past."""
    assert assessed(HOME, (History(), Population()), is_action=True).signals == ()


def test_a_denied_prompt_is_high_and_other_signals_of_the_person_are_only_told() -> None:
    """However usual everything else is; a number or an address of an odd kind is for rules to read."""
    past = learned(HOME, times=9)
    assert assessed(HOME, past, person=("prompt_denied",)).band == "high"
    told = assessed(HOME, past, person=("phone_line_unusual", "mail_disposable"))
    assert (told.band, told.signals) == ("low", ("phone_line_unusual", "mail_disposable"))


def test_the_impossible_journey_is_asked() -> None:
    """Both sign-ins go with the assessment."""
    past, before = learned(HOME, times=9), Visit(at=NOW - timedelta(hours=2), place=OSLO)
    after = Visit(at=NOW, place=TOKYO)
    found = assessed(replace(HOME, cookie=""), past, visit=after, before=before)
    assert found.signals == ("impossible_travel",)
    assert (found.before, found.visit) == (before, after)
    assert found.kmh is not None
    assert found.km is not None
    assert found.kmh == pytest.approx(found.km / 2)
    slow = assessed(replace(HOME, cookie=""), past, visit=after, before=replace(before, at=NOW - DAY))
    assert (slow.signals, slow.kmh is not None) == ((), True)


@pytest.mark.parametrize(
    ("health", "band", "signals"),
    [
        ({"city": Health.ABSENT}, "low", ("city_absent",)),
        ({"city": Health.STALE}, "low", ("city_stale",)),
        ({"city": Health.FAILED}, "unknown", ("city_failed",)),
        ({"lists": Health.STALE}, "low", ("lists_stale",)),
        ({"lists": Health.FAILED}, "unknown", ("lists_failed",)),
        ({"mail_domains": Health.FAILED}, "unknown", ("mail_domains_failed",)),
        ({"address": Health.FAILED}, "unknown", ("address_failed",)),
        ({"hints": Health.ABSENT, "phone": Health.ABSENT}, "low", ("hints_absent", "phone_absent")),
    ],
)
def test_a_missing_input_is_neutral_a_failed_one_is_unknown(
    health: Mapping[str, Health], band: str, signals: tuple[str, ...]
) -> None:
    """Never low because something broke (FLT-45)."""
    found = assessed(HOME, learned(HOME, times=9), health=health)
    assert (found.band, found.signals) == (band, signals)


@pytest.mark.parametrize(("file", "level"), [("city", "country"), ("asn", "provider")])
def test_an_old_file_speaks_for_nobody(file: str, level: str) -> None:
    """It is told, and what it says against somebody still counts."""
    past = learned(HOME, times=9)
    found = assessed(replace(HOME, cookie=""), past, health={file: Health.STALE})
    assert (found.signals, f"{level}_usual" in [term.code for term in found.terms]) == ((f"{file}_stale",), False)
    assert assessed(ELSEWHERE, past, health={file: Health.STALE}).band == "high"


def test_a_failed_input_hides_nothing_that_is_high() -> None:
    """What is known to be high stays so."""
    assert assessed(ELSEWHERE, learned(HOME, times=9), health={"city": Health.FAILED}).band == "high"


@pytest.mark.parametrize("reference", [REFERENCE, FIRST_REFERENCE])
def test_references_rise(reference: tuple[tuple[float, float], ...]) -> None:
    """A higher score is never more usual."""
    assert list(reference) == sorted(reference)
    assert [share for _, share in reference] == sorted(share for _, share in reference)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("country_new", "country: never seen of this person"),
        ("system_version_usual", "version of the operating system: as before"),
        ("provider_rare", "network provider: how rare it is among everybody"),
        ("device_cookie_missing", "no device of this person is recognised"),
        ("city_failed", "the file of places should be there and cannot be read: risk is unknown"),
        ("mail_domains_absent", "the list of throw-away mail domains is not installed: neutral"),
        ("make_new", "what the browser's description says beside versions: never seen of this person"),
        ("something_else", "something_else"),
    ],
)
def test_every_reason_has_words(code: str, words: str) -> None:
    """And what has none is shown as it is."""
    assert words_of(code) == words


def test_every_term_of_a_score_has_words() -> None:
    """Nothing in a score is unexplained."""
    past = learned(HOME, times=2)
    everything = [assessed(seen, each) for seen in (HOME, ELSEWHERE) for each in (past, (History(), past[1]))]
    assert all(words_of(term.code) != term.code for found in everything for term in found.terms)


def test_an_assessment_that_failed_is_unknown_whatever_else_is_said() -> None:
    """Neither a low percentile nor a reason for the high band makes it known."""
    assert band_of(0.0, (0.05, 0.005), {"assessment_failed"}) == "unknown"
    assert band_of(100.0, (0.05, 0.005), {"assessment_failed", "prompt_denied"}) == "unknown"
