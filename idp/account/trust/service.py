"""The browsers that a person trusts: which, since when, and how they stop it, one at a time or all.

It asks for no proof: it only takes away, and what it takes away is asked for again at the next sign-in.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.account.methods import Actor, event_by
from idp.core.clock import Clock
from idp.login import trusting
from idp.login.policies import Policies
from idp.records.audit import store as audit
from idp.records.devices.trusted import store
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """One browser as its owner sees it."""

    id: str
    user_agent: str
    address: str
    trusted_at: datetime
    used_at: datetime
    until: datetime
    is_here: bool


class TrustedBrowsers:
    """Shows and voids trust."""

    def __init__(self, *, policies: Policies, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock

    def all_of(self, tx: Tx, user: User, here: Browser) -> tuple[Trusted, ...]:
        """Return what this person trusts now, last used first."""
        limits, now = self._policies.for_person(tx, user.id).trusted_devices, self._clock.now()
        brought = {trust.id for trust in trusting.trusts_of(here)}
        return tuple(
            Trusted(
                id=device.id,
                user_agent=device.user_agent,
                address=device.address,
                trusted_at=device.trusted_at,
                used_at=device.used_at,
                until=min(device.trusted_at + limits.ttl, device.used_at + limits.idle),
                is_here=device.id in brought,
            )
            for device in store.list_trusted(tx, user.id)
            if device.lives(ttl=limits.ttl, idle=limits.idle, now=now)
        )

    def stop(self, tx: Tx, actor: Actor, device_id: str) -> None:
        """Trust one browser no longer; that of somebody else is not among them."""
        if store.forget(tx, device_id, actor.user.id):
            audit.add(tx, event_by(actor, "device.untrusted", self._clock.now(), device=device_id))

    def stop_all(self, tx: Tx, actor: Actor) -> None:
        """Trust none any longer."""
        trusting.void_all(tx, actor.user.id, why="wished", address=actor.address, now=self._clock.now())
