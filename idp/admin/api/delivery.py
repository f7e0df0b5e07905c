"""Messages to people, through the API: what is on its way, what was given up, how channels are, and a test."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

import msgspec

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.api.calls import AdminOperation, Body, Call, Moment, Page, RefusedError
from idp.admin.api.messages import REFUSALS, Messages, OnItsWay, settled
from idp.admin.delivery.model import Health
from idp.admin.delivery.service import DeliveryDesk, masked
from idp.core.errors import NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.records.clients import own_api
from idp.records.delivery import store as outbox
from idp.records.delivery.model import OutboxMessage
from idp.web.languages import Wanted


class Message(OnItsWay, frozen=True, kw_only=True):
    """One message to a person, or of a sign-out to an application (`logout`, and `to` its `client_id`)."""

    channel: str
    purpose: str
    to: str


class ChannelShown(msgspec.Struct, frozen=True, kw_only=True):
    """One channel: its gateway (empty: none), how it is, and what waits for it."""

    name: str
    gateway: str
    health: Health
    failures: int
    """In a row."""
    until: Moment | None
    """Until when it is left alone."""
    waiting: int


class Tested(Body, frozen=True, kw_only=True):
    """The channel over which the caller is sent a test, at the address that they have proven."""

    channel: Literal["email", "sms", "voice"]


class TestSent(msgspec.Struct, frozen=True, kw_only=True):
    """A test on its way; the list of messages tells what becomes of it."""

    id: str
    to: str
    """Masked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryOperations:
    """The use cases behind the operations."""

    desk: DeliveryDesk

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation."""
        looks = partial(AdminOperation, verb="GET", action=access.CONSOLE)
        helps = partial(
            AdminOperation, verb="POST", action=access.PEOPLE, scopes=(own_api.DELIVERY,), permission=Permission.HELP
        )
        return (
            looks(path="/delivery/channels", name="listChannels", summary="How each channel is", handle=self.channels,
                  gives=tuple[ChannelShown, ...]),
            helps(path="/delivery/tests", name="sendTest", handle=self.test, takes=Tested, gives=TestSent, is_new=True,
                  summary="Send a test to the caller's own proven address; a client for itself has none",
                  refusals={"429": "too many tests, or the budget of the channel is used up",
                            "409": "the channel has no gateway, or the caller no proven address"}),
            looks(path="/delivery/messages", name="listMessages", handle=self.messages, asks=Messages,
                  gives=Page[Message], summary="Messages to people and of sign-outs, newest first"),
            helps(path="/delivery/messages/{id}/retry", name="retryMessage", handle=self.retry, refusals=REFUSALS,
                  summary="Try a notice or a sign-out again that was given up"),
            helps(path="/delivery/messages/{id}/let-go", name="letMessageGo", handle=self.let_go, refusals=REFUSALS,
                  summary="Erase the text of a notice or a sign-out that was given up"),
        )  # fmt: skip

    def channels(self, call: Call) -> tuple[ChannelShown, ...]:
        """Return channels."""
        return tuple(
            ChannelShown(
                name=each.name,
                gateway=each.gateway,
                health=each.health,
                failures=each.failures,
                until=each.until,
                waiting=each.queue.waiting,
            )
            for each in self.desk.channels(call.tx, call.staff.user)
        )

    def test(self, call: Call) -> TestSent:
        """Send a test."""
        sent = self.desk.test(call.tx, call.staff, call.body.channel, Wanted())
        if isinstance(sent, Rejected):
            status = 429 if sent.reason == Reason.SEND_LIMITED else 409
            until = f"try again after {sent.until.isoformat()}" if sent.until else ""
            raise RefusedError(status, sent.reason.value, "No test was sent", detail=until)
        message = outbox.get(call.tx, sent)
        if message is None:  # pragma: no cover - it was written in this transaction
            raise NotFoundError
        return TestSent(id=message.id, to=masked(message.channel, message.to))

    def messages(self, call: Call) -> Page[Message]:
        """Return messages."""
        found = outbox.list_messages(call.tx, limit=call.query.limit, state=call.query.state)
        return Page(items=tuple(map(_message, found)))

    def retry(self, call: Call, *, id: str) -> None:
        """Try a message again."""
        settled(is_done=self.desk.retry(call.tx, call.staff, id))

    def let_go(self, call: Call, *, id: str) -> None:
        """Erase a message's text."""
        settled(is_done=self.desk.let_go(call.tx, call.staff, id))


def _message(message: OutboxMessage) -> Message:
    return msgspec.convert(message, Message, from_attributes=True)
