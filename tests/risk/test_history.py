"""What is remembered of a person, and for how long."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.risk.history import KEEP, MOST_KEYS, History
from tests.risk.kit import DAY, ELSEWHERE, HASHER, HOME, NOW, learned


def test_a_past_survives_being_packed() -> None:
    """Eight bytes a key, and nothing readable."""
    history, _ = learned(HOME, ELSEWHERE, times=3)
    blob = history.packed()
    assert (len(blob) - 9) % 8 == 0
    assert b"NO" not in blob
    again = History.unpacked(blob, NOW)
    assert again.packed() == blob
    assert again.steps(HASHER.keys(HOME).network, NOW) == history.steps(HASHER.keys(HOME).network, NOW)
    assert (again.misses, again.chances, again.last_minute) == (history.misses, history.chances, history.last_minute)


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x02" + bytes(8), b"\x01" + bytes(8) + b"x"])
def test_what_cannot_be_read_is_no_past(blob: bytes) -> None:
    """Another format, or half of one: the person is as new, which is never the milder case."""
    assert len(History.unpacked(blob, NOW)) == 0


def test_keys_are_dropped_after_half_a_year() -> None:
    """180 days, or as long as asked."""
    history, _ = learned(HOME)
    blob = history.packed()
    assert len(History.unpacked(blob, NOW + KEEP - DAY))
    assert not len(History.unpacked(blob, NOW + KEEP))
    assert not len(History.unpacked(blob, NOW + DAY, keep=DAY))


def test_only_the_newest_keys_are_kept() -> None:
    """A past does not grow without end, and its roots outlive what hangs on them."""
    history = History()
    for number in range(200):
        history.learn(HASHER.keys(replace(HOME, address=f"10.{number}.0.1")), NOW + DAY * number)
    again = History.unpacked(history.packed(), NOW + DAY * 200)
    assert len(again) == MOST_KEYS
    assert again.steps(HASHER.keys(HOME).network, NOW)[0].times == 200
    newest = HASHER.keys(replace(HOME, address="10.199.0.1"))
    assert [step.times for step in again.steps(newest.network, NOW)] == [200, 200, 1, 1]


def test_steps_end_at_the_first_new_value() -> None:
    """Below it there is nothing to compare with."""
    history, _ = learned(HOME, times=2)
    steps = history.steps(HASHER.keys(replace(HOME, provider="1", address="9.9.9.9")).network, NOW)
    assert [(step.level, step.seen, step.times) for step in steps] == [(0, 2, 2), (1, 2, 0)]
    assert [step.away for step in steps] == [1, 1]
    assert History().steps(HASHER.keys(HOME).network, NOW) == []


def test_a_missing_cookie_is_counted_where_the_client_is_known() -> None:
    """The first sign-in on a device cannot bring one, so it says nothing of the person's habits."""
    history, _ = learned(HOME)
    assert (history.misses, history.chances) == (0, 0)
    history.learn(HASHER.keys(HOME), NOW)
    history.learn(HASHER.keys(replace(HOME, cookie="")), NOW)
    history.learn(HASHER.keys(replace(HOME, cookie="another")), NOW)
    assert (history.misses, history.chances) == (2, 3)


def test_what_was_somebody_elses_is_forgotten() -> None:
    """Values that only the intruder showed go, shared ones count less, the cookie is never good again."""
    history, _ = learned(HOME, times=2)
    before = history.packed()
    keys = HASHER.keys(replace(ELSEWHERE, country="NO", cookie="intruder"))
    history.learn(keys, NOW)
    assert history.has_cookie(keys)
    history.forget(keys)
    assert not history.has_cookie(keys)
    assert not history.has_client(keys)
    assert [step.times for step in history.steps(HASHER.keys(HOME).network, NOW)] == [2, 2, 2, 2]
    assert len(history.packed()) == len(before)
    history.forget(keys)
    assert history.times(HASHER.keys(HOME).network[1]) == 1


def test_time_away_is_never_negative() -> None:
    """A clock that went back."""
    history, _ = learned(HOME)
    assert history.gap(NOW) == DAY
    assert history.gap(NOW - DAY * 9) == timedelta(0)
    assert {step.away for step in history.steps(HASHER.keys(HOME).network, NOW - DAY * 9)} == {0}


def test_time_away_is_that_from_each_parent() -> None:
    """Who comes home after weeks abroad was last in this country weeks ago, whatever they did yesterday."""
    history, _ = learned(HOME, *[ELSEWHERE] * 20)
    assert [step.away for step in history.steps(HASHER.keys(HOME).network, NOW)] == [1, 21, 21, 21]


def test_counts_stop_where_they_no_longer_fit() -> None:
    """Instead of starting again at nothing."""
    history = History()
    keys = HASHER.keys(HOME)
    for _ in range(8200):
        history.learn(keys, NOW)
    assert History.unpacked(history.packed(), NOW).times(keys.network[1]) == 8191
