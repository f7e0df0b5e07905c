"""The connections of a process: counted, used again in their order, and thrown away when nobody may meet them."""

import sqlite3

import pytest
from sqlalchemy import Engine, NullPool, create_engine

from idp.core.errors import BusyError
from idp.storage.pool import Pool


class Opening:
    """What a database answers that can be away."""

    def __init__(self) -> None:
        self.opened: list[sqlite3.Connection] = []
        self.is_away = False

    def __call__(self) -> sqlite3.Connection:
        if self.is_away:
            raise sqlite3.OperationalError("away")
        self.opened.append(sqlite3.connect(":memory:", check_same_thread=False))
        return self.opened[-1]


@pytest.fixture
def opening() -> Opening:
    return Opening()


@pytest.fixture
def engine(opening: Opening) -> Engine:
    return create_engine("sqlite://", creator=opening, poolclass=NullPool)


def is_open(connection: sqlite3.Connection) -> bool:
    try:
        connection.execute("SELECT 1").close()
    except sqlite3.ProgrammingError:
        return False
    return True


def test_the_last_one_used_is_the_next(engine: Engine, opening: Opening) -> None:
    """What it has in its memory is still warm; more are opened only while others are in use."""
    pool = Pool(engine, size=3, timeout=0)
    first, second = pool.take(), pool.take()
    assert first is not second
    pool.give_back(first)
    pool.give_back(second)
    assert [pool.take() for _ in range(2)] == [second, first]
    assert len(opening.opened) == 2


def test_there_are_never_more_than_its_size(engine: Engine) -> None:
    """Whoever finds none in time is answered busy."""
    pool = Pool(engine, size=1, timeout=0)
    only = pool.take()
    with pytest.raises(BusyError):
        pool.take()
    pool.give_back(only)
    assert pool.take() is only


def test_one_that_is_thrown_away_makes_room(engine: Engine) -> None:
    """It is closed, even where it was closed before, and another takes its place."""
    pool = Pool(engine, size=1, timeout=0)
    for _ in range(2):
        gone = pool.take()
        pool.throw_away(gone)
        assert not is_open(gone)
    gone = pool.take()
    gone.close()
    pool.throw_away(gone)
    assert is_open(pool.take())


def test_one_that_cannot_be_closed_makes_room_too(engine: Engine) -> None:
    """Its driver's failure is of no interest any more; anything else is seen, and the place is free all the same."""
    pool = Pool(engine, size=1, timeout=0)

    class Stuck:
        def __init__(self, error: Exception) -> None:
            self._error = error

        def close(self) -> None:
            raise self._error

    pool.take()
    pool.throw_away(Stuck(sqlite3.OperationalError("lost")))
    pool.take()
    with pytest.raises(KeyError):
        pool.throw_away(Stuck(KeyError()))
    assert is_open(pool.take())


def test_one_that_cannot_be_opened_takes_no_place(engine: Engine, opening: Opening) -> None:
    """Once the database is back, so are all connections."""
    pool, opening.is_away = Pool(engine, size=1, timeout=0), True
    for _ in range(3):
        with pytest.raises(Exception, match="away"):
            pool.take()
    opening.is_away = False
    assert is_open(pool.take())


def test_what_is_not_in_use_is_closed_together(engine: Engine, opening: Opening) -> None:
    """What is in use goes on, and comes back."""
    pool = Pool(engine, size=2, timeout=0)
    used, idle = pool.take(), pool.take()
    pool.give_back(idle)
    pool.dispose()
    assert (is_open(used), is_open(idle)) == (True, False)
    pool.give_back(used)
    assert pool.take() is used
    assert is_open(pool.take())
    assert len(opening.opened) == 3
