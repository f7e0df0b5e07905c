"""The table of interactions (`idp/login/store.py`)."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from idp.login import store as interactions
from idp.login.model import ANSWER_TTL, Answer, Interaction
from idp.storage.database_tx import DatabaseTx
from idp.web.current import Browser
from tests.records import rows

ANSWER = Answer(url="https://rp.test/cb", fields={"code": "s3cret"})


def _get(tx: DatabaseTx, interaction_id: str = "i1") -> Interaction:
    found = interactions.get(tx, interaction_id)
    assert found is not None
    return found


@pytest.mark.parametrize("state", [b"\x01state", b""], ids=["challenge", "none"])
def test_an_interaction_comes_back_as_it_was_added(tx: DatabaseTx, state: bytes) -> None:
    """Every field is kept; the challenge's state is sealed at rest."""
    interaction = rows.interaction(challenge_state=state, user_id="u1", session_id="s1", chosen="totp")
    interactions.add(tx, interaction, Browser())
    assert _get(tx) == interaction
    assert interactions.get(tx, "i2") is None
    row = tx.one(interactions._GET, {"id": "i1"})
    assert row is not None
    assert row["challenge_state_sealed"] is None if not state else state not in row["challenge_state_sealed"]


def test_an_interaction_prints_nothing_that_it_keeps() -> None:
    """What binds it to its browser, its challenge and its caller's request is in no log."""
    assert repr(rows.interaction(browser_hash="b1ndf4st")) == "Interaction('i1', version=1)"


def test_an_interaction_is_saved_only_as_it_was_read(tx: DatabaseTx) -> None:
    """Of two requests that read one version, the second to save changes nothing."""
    interactions.add(tx, rows.interaction(), Browser())
    read = _get(tx)
    assert interactions.save(tx, replace(read, user_id="u1", enrolled_here=True))
    assert not interactions.save(tx, replace(read, user_id="thief"))
    assert _get(tx) == replace(read, user_id="u1", enrolled_here=True, version=2)


def test_what_was_fixed_at_the_start_cannot_be_saved(tx: DatabaseTx) -> None:
    """Neither demand, browser nor end of an interaction ever change."""
    interactions.add(tx, rows.interaction(), Browser())
    changed = replace(_get(tx), browser_hash="other", resume="{}", expires_at=rows.NOW, finished_at=rows.NOW)
    assert interactions.save(tx, changed)
    assert _get(tx) == replace(rows.interaction(), version=2)


def test_an_interaction_is_finished_once(tx: DatabaseTx) -> None:
    """The end is final: it is neither saved nor finished again, and its challenge is forgotten."""
    interactions.add(tx, rows.interaction(), Browser())
    read = _get(tx)
    assert interactions.finish(tx, read, ANSWER, rows.NOW)
    assert not interactions.finish(tx, read, ANSWER, rows.NOW)
    ended = _get(tx)
    assert (ended.version, ended.finished_at, ended.challenge_state) == (2, rows.NOW, b"")
    assert not interactions.save(tx, ended)
    assert not interactions.finish(tx, ended, ANSWER, rows.LATER)


def test_the_answer_is_given_again_for_a_minute_and_sealed_at_rest(tx: DatabaseTx) -> None:
    """A second click gets the same answer, a later one none."""
    interactions.add(tx, rows.interaction(), Browser())
    assert interactions.get_answer(tx, "i1", rows.NOW) is None
    assert interactions.finish(tx, _get(tx), ANSWER, rows.NOW)
    assert interactions.get_answer(tx, "i1", rows.NOW + ANSWER_TTL - timedelta(seconds=1)) == ANSWER
    assert interactions.get_answer(tx, "i1", rows.NOW + ANSWER_TTL) is None
    row = tx.one(interactions._GET_ANSWER, {"id": "i1", "since": rows.NOW - ANSWER_TTL})
    assert row is not None
    assert b"s3cret" not in row["answer_sealed"]
