"""How many forms one address may send: counted together, alone, and without end by nobody."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from idp.core.errors import NotFoundError, TooManyError
from idp.web import pacing
from idp.web.pacing import ALONE, MOST_KNOWN, Pace, site_of
from idp.web.router import CAME_OF_IT
from tests.support.clock import FixedClock
from tests.web.kit import KEYS, call, flask_app

MOST = 20


class Counting:
    """Redis as far as it is asked: counts, or does not answer."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.is_there = True

    def count(self, name: str, *, ttl: int) -> int | None:
        if not self.is_there:
            return None
        self.names[name] = self.names.get(name, 0) + 1
        return self.names[name]


def pace(clock: FixedClock, shared: Any = None, *, most: int = MOST) -> Pace:
    return Pace(most=most, shared=shared, keys=KEYS, clock=clock)


def passed(pace: Pace, address: str, *, tries: int = 3 * MOST) -> int:
    """Return how many of many forms are let through."""
    count = 0
    for _ in range(tries):
        try:
            pace.check(address)
        except TooManyError:
            continue
        count += 1
    return count


def test_one_address_may_send_so_many_and_another_as_many() -> None:
    """The limit is each address's own."""
    counted = pace(FixedClock())
    assert [passed(counted, address) for address in ("192.0.2.1", "192.0.2.2", "")] == [MOST] * 3


def test_waiting_helps_and_the_answer_says_how_long() -> None:
    """RFC 6585 §4: Retry-After is the rest of the minute."""
    clock = FixedClock()
    counted = pace(clock)
    passed(counted, "192.0.2.1")
    clock.advance(timedelta(seconds=45))
    with pytest.raises(TooManyError) as refused:
        counted.check("192.0.2.1")
    assert refused.value.retry_after == 15
    clock.advance(timedelta(seconds=15))
    assert passed(counted, "192.0.2.1") == MOST


def test_zero_is_any_number() -> None:
    """An operator may leave it to what stands in front."""
    assert passed(pace(FixedClock(), most=0), "192.0.2.1") == 3 * MOST


def test_processes_share_one_count_and_redis_learns_no_address() -> None:
    """Two processes together let through what one would; the names there are keyed hashes."""
    shared, clock = Counting(), FixedClock()
    one, other = pace(clock, shared), pace(clock, shared)
    assert passed(one, "192.0.2.1", tries=15) + passed(other, "192.0.2.1", tries=15) == MOST
    assert not any("192.0.2.1" in name for name in shared.names)


def test_flt_08_without_its_redis_a_process_is_stricter() -> None:
    """FLT-08: what cannot be counted together is bounded alone, at a quarter, and never let through uncounted."""
    shared, clock = Counting(), FixedClock()
    counted = pace(clock, shared)
    shared.is_there = False
    assert passed(counted, "192.0.2.1") == MOST // ALONE
    assert passed(pace(clock, shared, most=1), "192.0.2.1") == 1
    shared.is_there = True
    assert passed(counted, "192.0.2.1") == MOST


def test_threads_are_counted_exactly() -> None:
    """Fifty at once are as many as they are one after another."""
    counted, let_through = pace(FixedClock()), []
    threads = [threading.Thread(target=lambda: let_through.append(passed(counted, "a::1", tries=4))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(let_through) == MOST


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many addresses come, the one seen longest ago makes room, and whoever goes on is not forgotten."""
    monkeypatch.setattr(pacing, "MOST_KNOWN", 8)
    counted = pace(FixedClock(), most=3)
    for number in range(40):
        counted.check(f"192.0.2.{number}")
    assert len(counted._counted) == 8
    passed(counted, "198.51.100.1")
    for number in range(7):
        counted.check(f"192.0.2.{number}")
    assert passed(counted, "198.51.100.1") == 0
    assert MOST_KNOWN == 65_536


@pytest.mark.parametrize(
    ("address", "site"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("2001:db8:1:2::ffff", "2001:db8:1:2::"),
        ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ("", ""),
    ],
)
def test_an_ipv6_subscriber_is_one(address: str, site: str) -> None:
    """Whoever has 2^64 addresses is counted once."""
    assert site_of(address) == site


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE"])
def test_forms_are_counted_and_pages_are_not(method: str) -> None:
    """Looking costs nothing; the refusal is a page of its own, and nothing has run."""
    app, ran = flask_app(), []
    pacing.install(app, pace(FixedClock(), most=1))

    @app.route("/form", methods=["GET", "POST", "PUT", "DELETE"])
    def form() -> str:
        ran.append(method)
        return "done"

    statuses = [call(app, method, "/form").status for _ in range(3)]
    is_counted = method in ("POST", "PUT", "DELETE")
    assert statuses == ([200, 429, 429] if is_counted else [200] * 3)
    assert len(ran) == (1 if is_counted else 0 if method == "OPTIONS" else 3)


def test_form_that_the_router_has_counted_is_not_counted_again() -> None:
    """Of a form that was looked at there, only the refusal is shown here."""
    app = flask_app()
    counted = pace(FixedClock(), most=1)
    pacing.install(app, counted)
    assert call(app, "POST", "/form", **{CAME_OF_IT: NotFoundError()}).status == 404
    assert passed(counted, "", tries=2) == 1
