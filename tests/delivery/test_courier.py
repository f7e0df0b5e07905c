"""What becomes of a message, for each answer a gateway may give."""

from datetime import timedelta

import pytest

from idp.delivery.courier import CLAIM, MOST
from idp.delivery.outcome import Later, Refused
from idp.records.audit import store as audit
from idp.records.delivery import store as outbox
from idp.records.delivery.model import State
from idp.records.delivery.outages import store as outages
from idp.storage.engine import Database
from tests.delivery.kit import Obedient, a_message, a_notice, courier, found, put
from tests.support.clock import START, FixedClock

DOWN = Later(reason="connection")


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def failures(database: Database, *, channel: str = "sms") -> int:
    with database.transaction() as tx:
        outage = outages.get(tx, channel)
    return outage.failures if outage else 0


def events(database: Database) -> list[str]:
    with database.transaction() as tx:
        return [event.name for event in audit.list_events(tx, limit=100) if event.name.startswith("delivery.")]


def test_what_is_sent_is_sent_once_and_erased(database: Database, clock: FixedClock) -> None:
    """The code is gone from the row as soon as the gateway has it."""
    message, carrier = a_message(), Obedient()
    put(database, message)
    assert courier(database, carrier, clock).work() == 1
    after = found(database, message)
    assert (after.state, after.text, after.sent_at, after.attempts) == (State.SENT, "", START, 1)
    assert [carried.text for carried in carrier.carried] == [message.text]
    assert courier(database, carrier, clock).work() == 0


def test_other_channels_are_left_to_others(database: Database, clock: FixedClock) -> None:
    """A courier of text messages touches no mail."""
    put(database, a_notice())
    assert courier(database, Obedient(), clock).work() == 0


def test_a_code_that_has_ended_is_never_sent(database: Database, clock: FixedClock) -> None:
    """A late code is of no use to its owner and of some to others: it is given up unsent, and erased."""
    message, carrier = a_message(), Obedient()
    put(database, message)
    clock.advance(timedelta(minutes=5))
    courier(database, carrier, clock).work()
    after = found(database, message)
    assert (after.state, after.reason, after.text, carrier.carried) == (State.DEAD, "expired", "", [])
    assert events(database) == ["delivery.sms.failed"]


def test_a_notice_is_late_rather_than_lost(database: Database, clock: FixedClock) -> None:
    """Notices wait for days until the gateway is back."""
    message = a_notice()
    carrier = Obedient(script=[DOWN] * 8, channels=frozenset({"email"}))
    put(database, message)
    for _ in range(3 * 24 * 4):
        clock.advance(timedelta(minutes=15))
        courier(database, carrier, clock, channel="email").work()
    assert found(database, message).state is State.SENT
    assert len(carrier.carried) == 9


def test_refused_for_good_is_given_up_at_once(database: Database, clock: FixedClock) -> None:
    """What the gateway will never take is not tried again, and what lies behind it flows (FLT-23)."""
    bad, good = a_message(), a_message()
    carrier = Obedient(script=[Refused("http_400")])
    put(database, bad, good)
    assert courier(database, carrier, clock).work() == 2
    assert sorted(found(database, each).state for each in (bad, good)) == [State.DEAD, State.SENT]


def test_a_poisonous_message_does_not_stop_those_behind_it(database: Database, clock: FixedClock) -> None:
    """FLT-23: a message that breaks its carrier is given up; the queue flows, and nobody's text is in the log."""
    bad, good = a_message(text="111111"), a_message()
    put(database, bad, good)
    assert courier(database, Obedient(script=[RuntimeError("111111")]), clock).work() == 2
    assert {found(database, each).reason for each in (bad, good)} == {"defect", ""}


def test_a_notice_that_was_given_up_can_be_tried_again(database: Database, clock: FixedClock) -> None:
    """A dead notice keeps its text, so that somebody who has mended the gateway can send it; a dead code does not."""
    notice, code = a_notice(channel="sms"), a_message()
    put(database, notice, code)
    courier(database, Obedient(script=[Refused("http_400")] * 2), clock).work()
    with database.transaction() as tx:
        assert outbox.revive(tx, notice.id, until=START + timedelta(days=1))
        assert not outbox.revive(tx, code.id, until=START + timedelta(days=1))
    carrier = Obedient()
    assert courier(database, carrier, clock).work() == 1
    assert carrier.carried[0].text == notice.text


def test_tries_wait_longer_each_time(database: Database, clock: FixedClock) -> None:
    """Exponential back-off: a second, then about twice as long each time."""
    message = a_notice(channel="sms")
    put(database, message)
    late = Later(reason="content_451", is_outage=False)
    waits = []
    for _ in range(8):
        courier(database, Obedient(script=[late]), clock).work()
        due = found(database, message).due_at
        assert due is not None
        waits.append((due - clock.now()).total_seconds())
        clock.advance(due - clock.now())
    assert all(2**number / 2 <= wait <= 2**number for number, wait in enumerate(waits))
    assert failures(database) == 0


def test_what_a_gateway_puts_off_for_ever_is_given_up(database: Database, clock: FixedClock) -> None:
    """A message that is put off while others are taken is given up after a number of tries."""
    message = a_notice(channel="sms")
    put(database, message)
    carrier = Obedient(script=[Later(reason="recipient_450", is_outage=False)] * 100)
    for _ in range(MOST + 5):
        courier(database, carrier, clock).work()
        clock.advance(timedelta(minutes=15))
    assert found(database, message).state is State.DEAD
    assert len(carrier.carried) == MOST


@pytest.mark.parametrize(
    ("purpose", "drops_duplicates", "state"),
    [("code", False, State.DEAD), ("code", True, State.WAITING), ("notice", False, State.WAITING)],
)
def test_lost_reply(database: Database, clock: FixedClock, purpose: str, drops_duplicates: bool, state: State) -> None:
    """FLT-21: what may have been taken is handed over again only where that cannot be a second code."""
    message = a_message(purpose=purpose)
    put(database, message)
    carrier = Obedient(script=[Later(reason="timeout", is_unsure=True)], drops_duplicates=drops_duplicates)
    courier(database, carrier, clock).work()
    assert found(database, message).state is state


def test_a_gateway_that_fails_is_left_alone(database: Database, clock: FixedClock) -> None:
    """FLT-19: after three failures in a row nobody asks for a while; then one message tries, and the rest follows."""
    messages = [a_message() for _ in range(6)]
    put(database, *messages)
    carrier = Obedient(script=[DOWN] * 4)
    assert courier(database, carrier, clock).work() == 3
    with database.transaction() as tx:
        until = outages.list_open(tx, clock.now())["sms"]
    assert timedelta(seconds=7) <= until - clock.now() <= timedelta(seconds=15)
    assert courier(database, carrier, clock).work() == 0
    clock.advance(until - clock.now())
    assert courier(database, carrier, clock).work() == 1, "only one tries, and it fails"
    clock.advance(timedelta(minutes=1))
    assert courier(database, carrier, clock).work() == 6
    assert len(carrier.carried) == 10
    assert failures(database) == 0
    assert sorted(events(database)) == ["delivery.sms.interrupted", "delivery.sms.resumed"]


def test_retry_after_is_honoured(database: Database, clock: FixedClock) -> None:
    """FLT-19: a gateway that asks to be left alone is, by all, until then."""
    first, second = a_message(), a_message()
    put(database, first, second)
    carrier = Obedient(script=[Later(reason="http_429", wait=timedelta(seconds=90))])
    courier(database, carrier, clock).work()
    clock.advance(timedelta(seconds=89))
    assert courier(database, carrier, clock).work() == 0
    clock.advance(timedelta(seconds=1))
    assert courier(database, carrier, clock).work() == 2


def test_only_one_takes_the_try_after_a_rest(database: Database, clock: FixedClock) -> None:
    """However many couriers there are, a gateway that comes back is met by one."""
    put(database, a_message(), a_message())
    with database.transaction() as tx:
        outages.note_failure(tx, "sms", after=1, until=START)
        assert outages.probe(tx, "sms", now=START, until=START + CLAIM)
    assert courier(database, Obedient(), clock).work() == 0


def test_who_dies_while_sending_leaves_it_to_another(database: Database, clock: FixedClock) -> None:
    """A claim ends: what a dead process had in hand is sent by the next."""
    message = a_notice(channel="sms")
    put(database, message)
    with database.transaction() as tx:
        assert outbox.claim(tx, message.id, seen=0, now=START, until=START + CLAIM)
        assert outbox.claim(tx, message.id, seen=0, now=START, until=START + CLAIM) is None
    assert courier(database, Obedient(), clock).work() == 0
    clock.advance(CLAIM)
    assert courier(database, Obedient(), clock).work() == 1


def test_who_was_slow_changes_nothing_of_who_came_after(database: Database, clock: FixedClock) -> None:
    """A claim that has run out may not put off or bury what another has in hand; a fact stays a fact."""
    message = a_message()
    put(database, message)
    with database.transaction() as tx:
        slow = outbox.claim(tx, message.id, seen=0, now=START, until=START)
        assert slow is not None
        assert outbox.claim(tx, message.id, seen=1, now=START, until=START + CLAIM)
        assert not outbox.bury(tx, slow, now=START, reason="late", is_kept=False)
        assert not outbox.put_off(tx, slow, until=START, reason="late")
        outbox.mark_sent(tx, slow.id, START)
    assert found(database, message).state is State.SENT


def test_a_text_that_no_key_opens_is_given_up(database: Database, clock: FixedClock) -> None:
    """A lost key stops nothing but the message it sealed."""
    message, carrier = a_message(text=""), Obedient()
    put(database, message)
    courier(database, carrier, clock).work()
    assert (found(database, message).reason, carrier.carried) == ("erased", [])
