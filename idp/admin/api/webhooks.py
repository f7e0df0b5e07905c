"""Webhooks, through the API."""

from dataclasses import dataclass
from functools import partial

import msgspec

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.api.calls import (
    AdminOperation,
    Body,
    Call,
    Moment,
    Page,
    Short,
    Tagged,
    etag,
    stale,
)
from idp.admin.api.messages import REFUSALS, Messages, OnItsWay, settled
from idp.admin.webhooks.service import Made, WebhooksDesk, Wish
from idp.records.clients import own_api
from idp.records.delivery.hooks import store as hooks
from idp.records.delivery.hooks.messages import store as messages
from idp.records.delivery.hooks.model import HookMessage, Webhook

_SCOPES = (own_api.DELIVERY,)
UNSET = msgspec.UNSET


class WebhookAdded(Body, frozen=True, kw_only=True):
    """Whom to tell, and of what: names of events, in which `*` stands for anything; none: all."""

    url: str
    description: Short = ""
    events: tuple[Short, ...] = ()


class WebhookChange(Body, frozen=True, kw_only=True):
    """What is to be different; what is left out stays."""

    url: str | msgspec.UnsetType = UNSET
    description: Short | msgspec.UnsetType = UNSET
    events: tuple[Short, ...] | msgspec.UnsetType = UNSET
    disabled: bool | msgspec.UnsetType = UNSET


class WebhookShown(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook."""

    id: str
    url: str
    description: str
    events: tuple[str, ...]
    created_at: Moment
    disabled_at: Moment | None
    failures: int
    """Tries in a row that came to nothing."""
    rests_until: Moment | None
    """Until when it is left alone after a failure."""


class WebhookMade(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook with its new secret, which is shown once (Standard Webhooks: `whsec_` and the key in base64)."""

    webhook: WebhookShown
    secret: str

    def __repr__(self) -> str:
        """Show nothing: it holds a secret."""
        return "WebhookMade(…)"


class MessageShown(OnItsWay, frozen=True, kw_only=True):
    """One event on its way to a webhook."""

    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookOperations:
    """The use cases behind the operations."""

    desk: WebhooksDesk

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation; connecting something takes what registering an application does."""
        looks = partial(AdminOperation, verb="GET", action=access.CONSOLE)
        change = partial(AdminOperation, action=access.CLIENTS, scopes=_SCOPES, permission=Permission.MANAGE)
        as_read = partial(change, is_conditional=True, is_tagged=True)
        path = "/webhooks/{id}"
        return (
            looks(path="/webhooks", name="listWebhooks", summary="Webhooks, oldest first", handle=self.found,
                  gives=Page[WebhookShown]),
            change(verb="POST", path="/webhooks", name="addWebhook", summary="Tell an address of events from now on",
                   handle=self.add, takes=WebhookAdded, gives=WebhookMade, is_new=True, is_tagged=True),
            looks(path=path, name="readWebhook", summary="One webhook", handle=self.one, gives=WebhookShown,
                  is_tagged=True),
            as_read(verb="PATCH", path=path, name="changeWebhook", summary="Change a webhook", handle=self.change,
                    takes=WebhookChange, gives=WebhookShown),
            change(verb="DELETE", path=path, name="removeWebhook", handle=self.remove, is_conditional=True,
                   summary="Take a webhook away, with what is on its way to it"),
            as_read(verb="POST", path=f"{path}/secret", name="rotateWebhookSecret", handle=self.rotate,
                    gives=WebhookMade, is_new=True,
                    summary="Make a new secret; for a day messages are signed with both"),
            change(verb="POST", path=f"{path}/test", name="testWebhook", handle=self.test, gives=MessageShown,
                   is_new=True, summary="Put a test on its way"),
            looks(path=f"{path}/messages", name="listWebhookMessages", handle=self.told, asks=Messages,
                  gives=Page[MessageShown], summary="What is or was on its way to a webhook, newest first"),
            change(verb="POST", path=f"{path}/messages/{{message}}/retry", name="retryWebhookMessage",
                   handle=self.retry, summary="Try a message again that was given up",
                   refusals=REFUSALS),
        )  # fmt: skip

    def found(self, call: Call) -> Page[WebhookShown]:
        """Return all."""
        return Page(items=tuple(map(_shown, hooks.list_webhooks(call.tx))))

    def add(self, call: Call) -> Tagged:
        """Make one."""
        body: WebhookAdded = call.body
        return _made(
            self.desk.add(call.tx, call.staff, Wish(url=body.url, description=body.description, events=body.events))
        )

    def one(self, call: Call, *, id: str) -> Tagged:
        """Return one."""
        return _tagged(self.desk.found(call.tx, id))

    def change(self, call: Call, *, id: str) -> Tagged:
        """Change one, as it was read."""
        webhook, body = self._as_read(call, id), call.body
        wish = Wish(
            url=webhook.url if body.url is UNSET else body.url,
            description=webhook.description if body.description is UNSET else body.description,
            events=webhook.events if body.events is UNSET else body.events,
        )
        is_disabled = webhook.disabled_at is not None if body.disabled is UNSET else body.disabled
        return _tagged(self.desk.change(call.tx, call.staff, webhook, wish, is_disabled=is_disabled))

    def remove(self, call: Call, *, id: str) -> None:
        """Take one away, as it was read."""
        self.desk.remove(call.tx, call.staff, self._as_read(call, id))

    def rotate(self, call: Call, *, id: str) -> Tagged:
        """Give one a new secret, as it was read."""
        return _made(self.desk.rotate(call.tx, call.staff, self._as_read(call, id)))

    def test(self, call: Call, *, id: str) -> MessageShown:
        """Put a test on its way."""
        return _message(self.desk.test(call.tx, call.staff, self.desk.found(call.tx, id)))

    def told(self, call: Call, *, id: str) -> Page[MessageShown]:
        """Return what is or was on its way to one."""
        webhook, wanted = self.desk.found(call.tx, id), call.query
        rows = messages.list_messages(call.tx, webhook.id, limit=wanted.limit, state=wanted.state)
        return Page(items=tuple(map(_message, rows)))

    def retry(self, call: Call, *, id: str, message: str) -> None:
        """Try a message again."""
        settled(is_done=self.desk.retry(call.tx, call.staff, self.desk.found(call.tx, id), message))

    def _as_read(self, call: Call, webhook_id: str) -> Webhook:
        webhook = self.desk.found(call.tx, webhook_id)
        if call.if_match != etag(webhook.version):
            raise stale("read the webhook again")
        return webhook


def _shown(webhook: Webhook) -> WebhookShown:
    return msgspec.convert(webhook, WebhookShown, from_attributes=True)


def _tagged(webhook: Webhook) -> Tagged:
    return Tagged(_shown(webhook), etag(webhook.version))


def _made(made: Made) -> Tagged:
    return Tagged(WebhookMade(webhook=_shown(made.webhook), secret=made.secret), etag(made.webhook.version))


def _message(message: HookMessage) -> MessageShown:
    return MessageShown(
        id=message.id,
        event=message.name,
        state=message.state,
        created_at=message.created_at,
        attempts=message.attempts,
        due_at=message.due_at,
        sent_at=message.sent_at,
        reason=message.reason,
    )
