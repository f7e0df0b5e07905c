"""Webhooks: made, changed, tried, given new secrets, taken away (A7). A secret is shown once."""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from idp.admin.clients.service import StaleError
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.core.tokens import Tokens
from idp.delivery import outside
from idp.delivery.hooks.spreading import body_of
from idp.delivery.hooks.teller import PREFIX
from idp.records.audit import store as audit
from idp.records.audit.seals import store as seals
from idp.records.delivery.hooks import store as hooks
from idp.records.delivery.hooks.messages import store as messages
from idp.records.delivery.hooks.model import HookMessage, Webhook
from idp.storage.tx import Tx

OVERLAP = timedelta(hours=24)
"""How long a message is signed with the old secret beside a new one."""
TEST = "webhook.test"
MOST = 50
_MOST_EVENTS = 50
_PATTERN = re.compile(r"[a-z0-9_.*]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a webhook is to be."""

    url: str
    description: str = ""
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A webhook, and its new secret."""

    webhook: Webhook
    secret: str = field(repr=False)


class WebhooksDesk:
    """Looks after webhooks."""

    def __init__(self, *, clock: Clock, tokens: Tokens, may_be_here: bool = False) -> None:
        self._clock = clock
        self._tokens = tokens
        self._may_be_here = may_be_here

    def found(self, tx: Tx, webhook_id: str) -> Webhook:
        """Return one. Raises NotFoundError."""
        webhook = hooks.get(tx, webhook_id)
        if webhook is None:
            raise NotFoundError("there is no such webhook")
        return webhook

    def add(self, tx: Tx, staff: Staff, wish: Wish) -> Made:
        """Make one, which is told of what happens from now on. Raises ConfigError."""
        self._check(wish)
        if len(hooks.list_webhooks(tx)) >= MOST:
            raise ConfigError([Problem(f"there are {MOST} already, which is the most", key="url")])
        last, secret = seals.last(tx), self._secret()
        webhook = Webhook(
            id=self._tokens.new_id(),
            url=wish.url,
            description=wish.description,
            events=wish.events,
            secret=secret,
            created_at=self._clock.now(),
            seal=last.number if last is not None else 0,
        )
        hooks.add(tx, webhook)
        self._tell(tx, staff, "webhook.added", webhook)
        return Made(webhook=webhook, secret=secret)

    def change(self, tx: Tx, staff: Staff, webhook: Webhook, wish: Wish, *, is_disabled: bool) -> Webhook:
        """Change one as it was read; while it is disabled it is told nothing. Raises ConfigError and StaleError."""
        self._check(wish)
        disabled_at = (webhook.disabled_at or self._clock.now()) if is_disabled else None
        changed = replace(
            webhook, url=wish.url, description=wish.description, events=wish.events, disabled_at=disabled_at
        )
        return self._saved(tx, staff, "webhook.changed", changed)

    def rotate(self, tx: Tx, staff: Staff, webhook: Webhook) -> Made:
        """Give one a new secret; for `OVERLAP` what it is told is signed with both. Raises StaleError."""
        secret, ends = self._secret(), self._clock.now() + OVERLAP
        changed = replace(webhook, secret=secret, old_secret=webhook.secret, old_ends_at=ends)
        return Made(webhook=self._saved(tx, staff, "webhook.secret.rotated", changed), secret=secret)

    def remove(self, tx: Tx, staff: Staff, webhook: Webhook) -> None:
        """Take one away, with what is on its way to it. Raises StaleError."""
        if not hooks.remove(tx, webhook):
            raise StaleError
        self._tell(tx, staff, "webhook.removed", webhook)

    def test(self, tx: Tx, staff: Staff, webhook: Webhook) -> HookMessage:
        """Put a message on its way that says it is a test."""
        now = self._clock.now()
        message = HookMessage(
            id=f"{webhook.id}.{self._tokens.new_id()}",
            webhook_id=webhook.id,
            name=TEST,
            body=body_of(TEST, now, {"by": staff.by}),
            created_at=now,
        )
        messages.add_all(tx, [message])
        self._tell(tx, staff, "webhook.tested", webhook)
        return message

    def retry(self, tx: Tx, staff: Staff, webhook: Webhook, message_id: str) -> bool:
        """Try a message again that was given up; false where there is none."""
        if not messages.revive(tx, webhook.id, message_id):
            return False
        hooks.note_works(tx, webhook.id)
        self._tell(tx, staff, "webhook.retried", webhook)
        return True

    def _saved(self, tx: Tx, staff: Staff, name: str, changed: Webhook) -> Webhook:
        if not hooks.save(tx, changed):
            raise StaleError
        self._tell(tx, staff, name, changed)
        return replace(changed, version=changed.version + 1)

    def _secret(self) -> str:
        return PREFIX + base64.b64encode(self._tokens.token().encode()).decode()

    def _check(self, wish: Wish) -> None:
        why = outside.why_not(wish.url, may_be_here=self._may_be_here)
        problems = [Problem(why, key="url")] if why else []
        if len(wish.description) > 200 or not wish.description.isprintable():
            problems.append(Problem("must be at most 200 printable characters", key="description"))
        problems += _wrong(wish.events)
        if problems:
            raise ConfigError(problems)

    def _tell(self, tx: Tx, staff: Staff, name: str, webhook: Webhook) -> None:
        audit.add(tx, staff.event(name, at=self._clock.now(), details={"webhook": webhook.id, "url": webhook.url}))


def _wrong(events: Iterable[str]) -> list[Problem]:
    known = tuple(events)
    if len(known) <= _MOST_EVENTS and all(_PATTERN.fullmatch(each) for each in known):
        return []
    text = f"must be at most {_MOST_EVENTS} names of events such as policy.published, in which * stands for anything"
    return [Problem(text, key="events")]
