"""Whatever may be used once is used once, however many processes and threads try at the same moment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from idp.login import store as interactions
from idp.records.delivery import store as outbox
from idp.records.delivery.outages import store as outages
from idp.records.grants import store as grants
from idp.records.keys import store as keys
from idp.records.keys.model import KeyState
from idp.records.sessions import store as sessions
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.storage.database_tx import DatabaseTx
from idp.web.current import Browser
from tests.records import rows
from tests.records.racing import BUDGET, ROUNDS, Outcome, race_all
from tests.support.database import fresh_database, opened


@dataclass(frozen=True)
class Raced:
    """The database after all races, and how each went."""

    url: str
    outcomes: Mapping[str, Outcome]


@pytest.fixture(scope="module")
def raced(dialect: str, request: pytest.FixtureRequest) -> Iterator[Raced]:
    with fresh_database(request, dialect) as url:
        database = opened(url)
        with database.transaction() as tx:
            _prepare(tx)
        database.close()
        yield Raced(url, race_all(url))


def _prepare(tx: DatabaseTx) -> None:
    users.add(tx, rows.user())
    credentials.add_credential(tx, rows.credential())
    sessions.add(tx, rows.session())
    grants.add_grant(tx, rows.grant())
    for number in range(ROUNDS):
        grants.add_code(tx, rows.code(code_hash=f"code{number}"))
        interactions.add(tx, rows.interaction(id=f"saved{number}"), Browser())
        interactions.add(tx, rows.interaction(id=f"ended{number}"), Browser())
        interactions.add(tx, rows.interaction(id=f"left{number}", user_id="u1"), Browser())
        outbox.add(tx, rows.message(id=f"message{number}"))
        outages.note_failure(tx, f"channel{number}", after=1, until=rows.NOW)


@pytest.mark.parametrize(
    ("attempt", "winners"),
    [
        ("consume_code", 1),
        ("leave", 1),
        ("advance_step", 1),
        ("reserve", BUDGET),
        ("reserve_ceiling", BUDGET),
        ("raise", 1),
        ("save", 1),
        ("finish", 1),
        ("claim", 1),
        ("probe", 1),
        ("send", BUDGET),
    ],
)
def test_exactly_as_many_win_as_may(raced: Raced, attempt: str, winners: int) -> None:
    """In every round exactly as many attempts succeed as the rule allows, and none fails by a busy database."""
    outcome = raced.outcomes[attempt]
    assert outcome.failures == []
    assert dict(outcome.won) == dict.fromkeys(range(ROUNDS), winners)


def test_rotations_at_once_leave_one_current_and_one_next_key(raced: Raced) -> None:
    """However many rotate at once, an algorithm has one key that signs and one that will."""
    assert raced.outcomes["rotate"].failures == []
    database = opened(raced.url)
    with database.transaction() as tx:
        states = [key.state for key in keys.list_keys(tx)]
    database.close()
    assert states.count(KeyState.CURRENT) == 1
    assert states.count(KeyState.NEXT) == 1
