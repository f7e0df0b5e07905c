"""The outbox as those see it who look after it: what waits by channel, and texts that are let go."""

from datetime import timedelta

from idp.records.delivery import store as outbox
from idp.records.delivery.model import Queue
from idp.storage.engine import Database
from tests.delivery.kit import a_message, a_notice, found, put
from tests.support.clock import START


def test_queues_count_what_waits(database: Database) -> None:
    """Neither sent nor given up; a channel on which nothing waits is not named."""
    old, sent, dead = (a_message(created_at=START - timedelta(hours=hours)) for hours in (1, 2, 3))
    put(database, old, sent, dead, a_message(), a_notice(channel="push"))
    with database.transaction() as tx:
        outbox.mark_sent(tx, sent.id, START)
        outbox.bury(tx, dead, now=START, reason="timeout", is_kept=False)
        assert outbox.queues(tx) == {
            "sms": Queue(waiting=2, oldest_at=old.created_at),
            "push": Queue(waiting=1, oldest_at=START),
        }


def test_text_is_let_go_once(database: Database) -> None:
    """Only of what was given up; afterwards nobody revives it."""
    notice = a_notice()
    put(database, notice)
    with database.transaction() as tx:
        assert not outbox.let_go(tx, notice.id), "it waits"
        assert outbox.bury(tx, notice, now=START, reason="timeout", is_kept=True)
        assert outbox.let_go(tx, notice.id)
        assert not outbox.let_go(tx, notice.id)
        assert not outbox.revive(tx, notice.id, until=START)
    assert (found(database, notice).text, found(database, notice).reason) == ("", "timeout")
