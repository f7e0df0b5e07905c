"""One kept value: when it is fresh, stale, renewed, or gone."""

from datetime import timedelta

import pytest

from idp.resource_server import ProviderUnavailableError
from idp.resource_server.cache import Keeping, Kept
from tests.support.clock import FixedClock


class Source:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_down = False

    def load(self) -> tuple[int, timedelta]:
        self.asked += 1
        if self.is_down:
            raise ProviderUnavailableError("down")
        return self.asked, timedelta(minutes=5)


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("", 300),
        ("max-age=600", 600),
        ("public, MAX-AGE=600", 600),
        ('max-age="600"', 600),
        ("max-age=1", 60),
        ("max-age=0", 60),
        ("max-age=999999999", 86400),
        ("s-maxage=600", 300),
        ("x-max-age=600", 300),
        ("max-age=soon", 300),
        ("max-age=-5", 300),
        ("no-store", 60),
        ("max-age=600, no-cache", 60),
    ],
)
def test_lifetime_is_what_the_provider_says_within_bounds(told: str, seconds: int) -> None:
    """RFC 9111 §5.2.2: max-age is honoured, from a minute to a day."""
    assert Keeping().lifetime({"cache-control": told}) == timedelta(seconds=seconds)


def test_nobody_asks_again_at_once_when_the_source_is_down() -> None:
    """A provider that is down is asked once in five seconds, not once a request."""
    source, clock = Source(), FixedClock()
    kept = Kept(source.load, clock=clock)
    source.is_down = True
    for _ in range(3):
        with pytest.raises(ProviderUnavailableError):
            kept.get()
    assert source.asked == 1
    source.is_down = False
    clock.advance(timedelta(seconds=5))
    assert kept.get() == 2


def test_stale_value_is_kept_when_renewing_fails() -> None:
    """Renewing can only better what is there."""
    source, clock = Source(), FixedClock()
    kept = Kept(source.load, clock=clock)
    assert kept.get() == 1
    source.is_down = True
    clock.advance(timedelta(minutes=1))
    assert kept.renew() == 1
    assert source.asked == 2


def test_value_is_asked_for_again_when_the_clock_was_set_back() -> None:
    """A value from the future is of unknown age."""
    source, clock = Source(), FixedClock()
    kept = Kept(source.load, clock=clock)
    assert kept.get() == 1
    clock.advance(timedelta(hours=-3))
    assert kept.get() == 2


def test_waiting_thread_takes_what_the_other_has_fetched() -> None:
    """Whoever waited for the lock looks again before asking."""
    source, clock = Source(), FixedClock()
    kept = Kept(source.load, clock=clock, keeping=Keeping(retry=timedelta(0)))
    assert kept.get() == 1
    assert kept._refresh(within=timedelta(0)) == 1
    assert source.asked == 1


def test_thread_that_waited_does_not_wait_through_the_next_failure() -> None:
    """The pause after a failure counts from its end, however long the provider took to fail."""
    source, clock = Source(), FixedClock()
    source.is_down = True

    def slow() -> tuple[int, timedelta]:
        clock.advance(timedelta(seconds=6))
        return source.load()

    kept = Kept(slow, clock=clock)
    for _ in range(2):
        with pytest.raises(ProviderUnavailableError):
            kept.get()
    assert source.asked == 1
