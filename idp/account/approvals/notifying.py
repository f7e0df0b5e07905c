"""Telling a browser that approves that something waits there (web push): turned on and off by whoever sits before it.

Only a browser that was turned on to approve is told, as itself: it is found by its own cookie, never by a form. Its
endpoint is one of a push service that is served, and nobody else's: a browser that another person used before gives up
their subscription with its own keys, which only it knows, and without them it takes nothing over.
"""

import hmac
from collections.abc import Callable, Mapping
from dataclasses import replace

from idp.account.approvals.service import Approvals, Desk
from idp.account.methods import Actor, event_by
from idp.core.clock import Clock
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.records.audit import store as audit
from idp.records.keys.push.service import PushKeys
from idp.records.users import store as users
from idp.records.users.push import store as subscriptions
from idp.records.users.push.model import Keys, Subscription
from idp.storage.tx import Tx
from idp.web.current import Browser


class Notifications:
    """Remembers which browsers are told."""

    def __init__(
        self,
        *,
        approvals: Approvals,
        keys: PushKeys,
        serves: Callable[[str], bool] | None,
        clock: Clock,
        tokens: Tokens,
    ) -> None:
        """`serves` tells whether an endpoint is one of a push service that is served; None: nobody is told anything."""
        self._approvals = approvals
        self._keys = keys
        self._serves = serves
        self._clock = clock
        self._tokens = tokens

    def desk_of(self, tx: Tx, actor: Actor, browser: Browser) -> Desk:
        """Return what this device may do, and whether it is told."""
        desk = self._approvals.desk_of(tx, actor, browser)
        if desk.device is None or self._serves is None:
            return desk
        found = [
            each for each in subscriptions.list_subscriptions(tx, actor.user.id) if each.credential_id == desk.device.id
        ]
        return replace(desk, push_key=self._keys.public_key(tx), is_told=bool(found))

    def turn_on(self, tx: Tx, actor: Actor, browser: Browser, form: Mapping[str, str]) -> Reason | None:
        """Tell this browser from now on; a reason says why not. Raises ConflictError: another was faster."""
        users.hold(tx, actor.user.id)
        device = self._approvals.desk_of(tx, actor, browser).device
        keys = Keys(endpoint=form.get("endpoint", ""), p256dh=form.get("p256dh", ""), auth=form.get("auth", ""))
        if device is None or self._serves is None:
            return Reason.NOT_ALLOWED
        if not self._serves(keys.endpoint) or not keys.is_whole or not self._given_up(tx, keys):
            return Reason.PUSH_REFUSED
        now = self._clock.now()
        subscriptions.remove_of(tx, device.id)
        new = Subscription(
            id=self._tokens.new_id(), user_id=actor.user.id, credential_id=device.id, keys=keys, created_at=now
        )
        subscriptions.add(tx, new)
        audit.add(tx, event_by(actor, "push.subscription.added", now, credential=device.id))
        return None

    def turn_off(self, tx: Tx, actor: Actor, browser: Browser) -> None:
        """Tell this browser no more."""
        device = self._approvals.desk_of(tx, actor, browser).device
        if device is not None and subscriptions.remove_of(tx, device.id):
            audit.add(tx, event_by(actor, "push.subscription.removed", self._clock.now(), credential=device.id))

    def _given_up(self, tx: Tx, keys: Keys) -> bool:
        """Take the endpoint from whoever was told there before; false where this is not that very browser."""
        there = subscriptions.get_by_endpoint(tx, keys.endpoint)
        if there is None:
            return True
        ours, theirs = (f"{each.p256dh} {each.auth}".encode() for each in (keys, there.keys))
        return hmac.compare_digest(ours, theirs) and subscriptions.remove(tx, there.id)
