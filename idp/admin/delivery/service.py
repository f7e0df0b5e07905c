"""How messages are carried, what was given up, and a test to whoever asks for it.

A test goes to an address that the administrator has proven, and no request names another (ADM-29). It counts in a
budget of its own, so that it takes no codes from a sign-in; text messages and calls count as paid ones too.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from idp.admin.delivery.model import Board, Channel, DeadLetter, Health
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import ForbiddenError, NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.factors import phone_number
from idp.factors.email import Email
from idp.login import postage
from idp.login.messages import trial_letter
from idp.login.policies import Policies
from idp.login.sender import Sender
from idp.records.audit import store as audit
from idp.records.delivery import store as outbox
from idp.records.delivery.model import LOGOUT, NOTICE_LASTS, TEST, TEST_LASTS, Outage, OutboxMessage, Queue, State
from idp.records.delivery.outages import store as outages
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.languages import Wanted

EMAIL, SMS, VOICE, PUSH = "email", "sms", "voice", "push"
CHANNELS = (EMAIL, SMS, VOICE, PUSH, LOGOUT)
TESTED = frozenset({EMAIL, SMS, VOICE})
"""What a test can be sent over: a notification goes to a browser, and not to an address."""
MOST, PER = 5, timedelta(hours=1)
"""Tests of one administrator, over all channels."""
SHOWN = 50
"""Messages that were given up and are listed, the newest first."""


class DeliveryDesk:
    """Looks after what is sent."""

    def __init__(self, *, gateways: Mapping[str, str], sender: Sender, policies: Policies, clock: Clock) -> None:
        self._gateways = gateways
        self._sender = sender
        self._policies = policies
        self._clock = clock

    def board(self, tx: Tx, user: User) -> Board:
        """Return how each channel is, and what was given up, for this administrator."""
        return Board(
            at=self._clock.now(),
            channels=self.channels(tx, user),
            dead=tuple(map(_dead, outbox.list_messages(tx, limit=SHOWN, state=State.DEAD))),
        )

    def channels(self, tx: Tx, user: User | None) -> tuple[Channel, ...]:
        """Return how each channel is; an administrator in person is told where a test would go."""
        now, waiting = self._clock.now(), outbox.queues(tx)
        return tuple(
            self._channel(name, outages.worst(tx, name), waiting.get(name, Queue()), user, now) for name in CHANNELS
        )

    def retry(self, tx: Tx, staff: Staff, message_id: str) -> bool:
        """Try a message again that was given up; false where it was not, or its text is erased.

        Raises NotFoundError where there is none.
        """
        _found(tx, message_id)
        is_done = outbox.revive(tx, message_id, until=self._clock.now() + NOTICE_LASTS)
        return is_done and self._told(tx, staff, "delivery.retried", message_id)

    def let_go(self, tx: Tx, staff: Staff, message_id: str) -> bool:
        """Erase the text of a message that was given up; false where it was not, or nothing is left of it.

        Raises NotFoundError where there is none.
        """
        _found(tx, message_id)
        return outbox.let_go(tx, message_id) and self._told(tx, staff, "delivery.let_go", message_id)

    def test(self, tx: Tx, staff: Staff, channel: str, wants: Wanted) -> str | Rejected:
        """Send a test to the administrator's own proven address, within limits; return the message's id.

        Raises NotFoundError for a channel that is not tested so, ForbiddenError where nobody in person asks.
        """
        if channel not in TESTED:
            raise NotFoundError
        user = users.get(tx, staff.user.id) if staff.user is not None else None
        if user is None:
            raise ForbiddenError
        now, to = self._clock.now(), _own(user, channel)
        if not to or channel not in self._gateways:
            return Rejected(Reason.FACTOR_UNAVAILABLE)
        refused = self._reserve(tx, user, channel, to, now)
        if refused is not None:
            return refused
        texts = self._sender.texts(wants, *([user.locale] if user.locale else []))
        letter = trial_letter(channel, texts, host=self._sender.host)
        message_id = self._sender.send(
            tx, channel=channel, to=to, purpose=TEST, letter=letter, now=now, expires_at=now + TEST_LASTS
        )
        self._told(tx, staff, f"delivery.{channel}.tested", message_id)
        return message_id

    def tested(self, tx: Tx, user: User, message_id: str) -> OutboxMessage | None:
        """Return a test that went to this administrator's own address, and what has become of it."""
        message = outbox.get(tx, message_id)
        is_own = message is not None and message.purpose == TEST and message.to == _own(user, message.channel)
        return message if is_own else None

    def _reserve(self, tx: Tx, user: User, channel: str, to: str, now: datetime) -> Rejected | None:
        counted = throttle.reserve(
            tx, f"send:test:{user.id}", now=now, after=MOST, lock_for=PER, ceiling=None, forget_after=PER
        )
        if not counted.allowed:
            return Rejected(Reason.SEND_LIMITED, counted.until)
        if channel not in postage.CHANNELS:
            return None
        budgets = self._policies.live(tx).budgets
        return postage.reserve(tx, to, user_id=user.id, is_proven=True, budgets=budgets, now=now)

    def _channel(self, name: str, outage: Outage | None, queue: Queue, user: User | None, now: datetime) -> Channel:
        gateway = self._gateways.get(name, "")
        return Channel(
            name=name,
            gateway=gateway,
            health=_health(outage, now) if gateway else Health.NONE,
            failures=outage.failures if outage else 0,
            until=outage.until if outage else None,
            queue=queue,
            test_to=masked(name, _own(user, name)) if gateway and user else "",
        )

    def _told(self, tx: Tx, staff: Staff, name: str, message_id: str) -> bool:
        audit.add(tx, staff.event(name, at=self._clock.now(), details={"message": message_id}))
        return True


def masked(channel: str, to: str) -> str:
    """Return what an address's owner recognises it by; nothing of where a browser's notifications go.

    The name of an application is no secret.
    """
    if channel == LOGOUT:
        return to
    if not to or channel not in TESTED:
        return ""
    return Email().masked(to) if channel == EMAIL else phone_number.masked(to)


def _own(user: User, channel: str) -> str:
    """Return where this person has proven to be reached over a channel, or ''."""
    if channel == EMAIL:
        return user.email if user.email_verified_at is not None else ""
    return user.phone if channel in TESTED and user.phone_verified_at is not None else ""


def _health(outage: Outage | None, now: datetime) -> Health:
    if outage is None:
        return Health.WORKS
    if outage.until is None:
        return Health.FAILS
    return Health.RESTS if outage.until > now else Health.TRIES


def _found(tx: Tx, message_id: str) -> None:
    if outbox.get(tx, message_id) is None:
        raise NotFoundError


def _dead(message: OutboxMessage) -> DeadLetter:
    return DeadLetter(
        id=message.id,
        channel=message.channel,
        purpose=message.purpose,
        to=masked(message.channel, message.to),
        created_at=message.created_at,
        dead_at=message.dead_at,
        attempts=message.attempts,
        reason=message.reason,
        is_kept=bool(message.text),
    )
