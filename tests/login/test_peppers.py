"""A pepper lasts a year; the one before stays as long as a history reaches back."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TypeVar

from idp.core.tokens import SystemTokens
from idp.login.assessing.peppers import YEARLY, Peppers, renew
from idp.records.risks.peppers import store as peppers
from idp.risk.history import KEEP
from idp.storage.engine import Database
from tests.risk.kit import HOME

NOW = datetime(2026, 3, 4, tzinfo=UTC)
LATER = timedelta(seconds=31)
TOKENS = SystemTokens()
_Result = TypeVar("_Result")


def at_once(act: Callable[[], _Result]) -> list[_Result]:
    """Do something twice at the same moment, and return both results."""
    barrier = Barrier(2)

    def released() -> _Result:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(2) as pool:
        return [each.result() for each in [pool.submit(released) for _ in range(2)]]


def numbers(database: Database) -> list[int]:
    with database.transaction() as tx:
        return [each.number for each in peppers.list_peppers(tx)]


def test_a_pepper_lasts_a_year_and_the_last_one_half_a_year_more(database: Database) -> None:
    """There is nothing to renew before one was drawn, and nothing twice."""
    one = Peppers(tokens=TOKENS)
    with database.transaction() as tx:
        assert renew(tx, tokens=TOKENS, now=NOW) == 0
        first = one.hasher(tx, NOW)
    for later, expected in (
        (YEARLY - LATER, [1]),
        (YEARLY, [2, 1]),
        (YEARLY + KEEP - LATER, [2, 1]),
        (YEARLY + KEEP, [2]),
        (YEARLY * 2, [3, 2]),
    ):
        with database.transaction() as tx:
            while renew(tx, tokens=TOKENS, now=NOW + later):
                pass
        assert numbers(database) == expected
    with database.transaction() as tx:
        assert one.hasher(tx, NOW + YEARLY * 2).keys(HOME) != first.keys(HOME)


def test_what_was_seen_moves_while_both_are_there(database: Database) -> None:
    """From the keys of the last pepper to those of the new one; a worker notices within half a minute."""
    one, other = Peppers(tokens=TOKENS), Peppers(tokens=TOKENS)
    with database.transaction() as tx:
        before, moves = one.keys(tx, HOME, NOW)
        assert moves == ()
        assert other.keys(tx, HOME, NOW) == (before, ())
        renew(tx, tokens=TOKENS, now=NOW + YEARLY)
        after, moves = one.keys(tx, HOME, NOW + YEARLY)
        assert dict(moves)[before.network[1]] == after.network[1]
        assert dict(moves)[before.cookie] == after.cookie
        assert other.keys(tx, HOME, NOW + LATER / 2) == (before, ())
        assert other.keys(tx, HOME, NOW + YEARLY) == (after, moves)


def test_two_that_draw_at_once_draw_one(database: Database) -> None:
    """Of two first pages, and of two chores."""

    def first() -> bytes:
        with database.transaction() as tx:
            Peppers(tokens=TOKENS).hasher(tx, NOW)
            return peppers.list_peppers(tx)[0].secret

    assert len(set(at_once(first))) == 1

    def again() -> int:
        with database.transaction() as tx:
            return renew(tx, tokens=TOKENS, now=NOW + YEARLY)

    assert sorted(at_once(again)) == [0, 1]
    assert numbers(database) == [2, 1]


def test_what_was_drawn_and_rolled_back_is_not_used(database: Database) -> None:
    """What is hashed under a pepper that nobody kept would be strange for ever."""
    one = Peppers(tokens=TOKENS)
    try:
        with database.transaction() as tx:
            lost = one.hasher(tx, NOW).keys(HOME)
            raise InterruptedError
    except InterruptedError:
        pass
    assert numbers(database) == []
    with database.transaction() as tx:
        kept = one.hasher(tx, NOW).keys(HOME)
    assert kept != lost
    with database.transaction() as tx:
        assert Peppers(tokens=TOKENS).hasher(tx, NOW).keys(HOME) == kept
