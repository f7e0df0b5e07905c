"""What everybody teaches is shared by all workers, and folded so that it stays small."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.login.assessing import crowd as module
from idp.login.assessing.crowd import Crowd
from idp.records.risks import store as risks
from idp.risk.population import Lesson
from idp.storage.engine import Database

NOW = datetime(2026, 3, 4, tzinfo=UTC)
LATER = timedelta(seconds=31)
LESSON = Lesson(network=(1, 2), client=(3, 4), novelty=((7, True),), score=1.0)


def test_lessons_reach_another_worker_within_half_a_minute(database: Database) -> None:
    """And are counted once by each."""
    one, other = Crowd(), Crowd()
    with database.transaction() as tx:
        assert other.current(tx, NOW).sign_ins == 0
        for _ in range(3):
            one.teach(tx, LESSON)
        assert other.current(tx, NOW + LATER / 2).sign_ins == 0
        assert other.current(tx, NOW + LATER).counts == {1: 3, 2: 3, 3: 3, 4: 3}
        assert other.current(tx, NOW + LATER * 2).sign_ins == 3


def test_lessons_are_folded_and_a_new_worker_knows_them(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum says the same as its parts; of two that fold at once one does."""
    monkeypatch.setattr(module, "_FOLDED_AT", 4)
    one, other = Crowd(), Crowd()
    with database.transaction() as tx:
        for _ in range(5):
            one.teach(tx, LESSON)
        for each in (one, other):
            assert each.current(tx, NOW).sign_ins == 5
        one.teach(tx, LESSON)
        assert len(risks.list_lessons(tx, after=0, limit=9)) == 1
        other.teach(tx, LESSON)
        fresh = Crowd().current(tx, NOW)
        assert fresh == one.current(tx, NOW + LATER) == other.current(tx, NOW + LATER)
        assert (fresh.sign_ins, fresh.counts[2], fresh.scores.total) == (7, 7, 7)
        assert fresh.novelty[7].hits == 7


def test_what_is_rare_is_dropped_before_it_is_too_much(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A value seen once among hundreds of thousands says nothing."""
    monkeypatch.setattr(module, "_FOLDED_AT", 1)
    monkeypatch.setattr(module, "_MOST_KEYS", 4)
    crowd = Crowd()
    with database.transaction() as tx:
        for address in (5, 6):
            crowd.teach(tx, Lesson(network=(1, 2, address), client=(3, 4)))
        crowd.current(tx, NOW)
        crowd.teach(tx, LESSON)
        assert set(Crowd().current(tx, NOW).counts) == {1, 2, 3, 4}


def test_a_deleted_account_leaves_nothing(database: Database) -> None:
    """Its history and its assessments are gone."""
    with database.transaction() as tx:
        risks.save_history(tx, risks.KeptHistory(user_id="u", blob=b"x", last=None))
        risks.forget(tx, "u")
        assert risks.get_history(tx, "u") is None
        assert risks.get(tx, "d") is None
