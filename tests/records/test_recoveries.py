"""Mailed links and recoveries, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from idp.records.users import store as users
from idp.records.users.links import store as links
from idp.records.users.links.model import Link, Purpose
from idp.records.users.recoveries import store as recoveries
from idp.records.users.recoveries.model import Recovery
from idp.storage.database_tx import DatabaseTx
from tests.records import rows
from tests.records.rows import LATER, NOW

LINK = Link(token_hash="h1", purpose=Purpose.RESET, user_id="u1", about="x", created_at=NOW, expires_at=LATER)
RECOVERY = Recovery(
    id="r1",
    user_id="u1",
    started_at=NOW,
    cools_until=LATER,
    lost=("c1", "c2"),
    password_id="c3",
    replaced=b"the hash from before",
)


def test_link_is_used_once_for_its_purpose_in_time(tx: DatabaseTx) -> None:
    """Another purpose, another token or a later time finds nothing; the second use neither."""
    links.add(tx, LINK)
    assert links.get(tx, "h1", purpose=Purpose.RESET, now=NOW) == LINK
    assert links.get(tx, "h1", purpose=Purpose.REPORT, now=NOW) is None
    assert not links.consume(tx, "h1", purpose=Purpose.REPORT, now=NOW)
    assert not links.consume(tx, "h2", purpose=Purpose.RESET, now=NOW)
    assert not links.consume(tx, "h1", purpose=Purpose.RESET, now=LATER)
    assert links.consume(tx, "h1", purpose=Purpose.RESET, now=NOW)
    assert not links.consume(tx, "h1", purpose=Purpose.RESET, now=NOW)
    assert links.get(tx, "h1", purpose=Purpose.RESET, now=NOW) is None


def test_voiding_leaves_other_links(tx: DatabaseTx) -> None:
    """Only the unused links of this person and purpose go."""
    for number, changes in enumerate([{}, {"purpose": Purpose.REPORT}, {"user_id": "u2"}, {"used_at": NOW}]):
        links.add(tx, replace(LINK, token_hash=f"h{number}", **changes))
    assert links.void(tx, "u1", Purpose.RESET) == 1
    assert links.get(tx, "h1", purpose=Purpose.REPORT, now=NOW) is not None
    assert links.get(tx, "h2", purpose=Purpose.RESET, now=NOW) is not None


def test_recovery_is_due_once_it_has_cooled_off(tx: DatabaseTx) -> None:
    """The one that has waited longest first; none before its time, and none that has ended."""
    recoveries.add(tx, replace(RECOVERY, language="ja"))
    recoveries.add(tx, replace(RECOVERY, id="r2", user_id="u2", cools_until=LATER + timedelta(hours=1)))
    assert recoveries.get_due(tx, LATER - timedelta(seconds=1)) is None
    found = recoveries.get_due(tx, LATER + timedelta(days=1))
    assert found is not None
    assert (found.id, found.language) == ("r1", "ja")
    assert recoveries.end(tx, "r1", LATER)
    assert recoveries.get_due(tx, LATER) is None


def test_recovery_ends_once_and_forgets_what_it_kept(tx: DatabaseTx) -> None:
    """The newest that is open is found, with what it kept; it ends for one caller alone."""
    recoveries.add(tx, RECOVERY)
    recoveries.add(tx, replace(RECOVERY, id="r2", started_at=NOW - timedelta(days=1), replaced=b""))
    assert recoveries.get_open(tx, "u1") == RECOVERY
    assert recoveries.get_open(tx, "u2") is None
    assert recoveries.end(tx, "r1", LATER)
    assert not recoveries.end(tx, "r1", LATER)
    found = recoveries.get_open(tx, "u1")
    assert found is not None
    assert (found.id, found.replaced) == ("r2", b"")


@pytest.mark.parametrize("moment", [NOW, None])
def test_saving_a_profile_leaves_recovery_and_report(tx: DatabaseTx, moment: object) -> None:
    """An edited profile ends neither (ENR-06)."""
    users.add(tx, rows.user())
    users.set_recovering(tx, "u1", moment)  # type: ignore[arg-type]
    users.set_reported(tx, "u1", moment)  # type: ignore[arg-type]
    users.save(tx, rows.user(recovering_until=LATER, reported_at=LATER))
    found = users.get(tx, "u1")
    assert found is not None
    assert (found.recovering_until, found.reported_at) == (moment, moment)
