"""Browsers that a person trusts (E4): given, recognised, used, and voided.

The device cookie holds the secret by which a browser is known, and behind it what it is trusted by, one part for each
person: an id, and a secret that is new at each fresh sign-in. A part whose id is known and whose secret is an older one
was copied: that trust is void as soon as whoever brings it has proved anything. What trust excuses from, policy says.
"""

from dataclasses import dataclass, field
from datetime import datetime

from idp.core.tokens import Tokens, digest
from idp.policy.language import Bundle
from idp.policy.trusting import TRUSTED
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.devices.trusted import store
from idp.records.devices.trusted.model import TrustedDevice
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser

MOST = 3
"""People who trust one browser at a time; the oldest trust is forgotten first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """One part of the cookie."""

    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        """The part as it stands in the cookie."""
        return f"{self.id}-{self.secret}"


def trusts_of(browser: Browser) -> tuple[Trust, ...]:
    """Return what a browser brings."""
    pairs = (part.partition("-") for part in browser.trusts)
    return tuple(Trust(id=id_, secret=secret) for id_, _, secret in pairs if id_ and secret)


def cookie(known: str, trusts: tuple[Trust, ...]) -> str:
    """Return the value of the device cookie."""
    return ".".join([known, *(trust.text for trust in trusts[:MOST])])


def known_part(value: str) -> str:
    """Return of the device cookie's value that by which the browser is known."""
    return value.partition(".")[0]


def recognised(tx: Tx, user: User, browser: Browser, *, bundle: Bundle, now: datetime) -> TrustedDevice | None:
    """Return the browser as one that this person trusts now; asked only where some rule could care."""
    if TRUSTED not in bundle.facts:
        return None
    limits = bundle.trusted_devices
    for trust in trusts_of(browser):
        device = store.get(tx, trust.id, user.id)
        if device is not None and device.secret_hash == digest(trust.secret):
            return device if device.lives(ttl=limits.ttl, idle=limits.idle, now=now) else None
    return None


def void_reused(tx: Tx, user: User, browser: Browser, now: datetime) -> None:
    """Void what is brought by a secret that was used before: two browsers hold it, and one of them stole it."""
    for trust in trusts_of(browser):
        if store.forget_reused(tx, trust.id, user.id, presented=digest(trust.secret)):
            audit.add(tx, _event("device.untrusted", user.id, now, browser.address, trust.id, "reused"))


def void_all(tx: Tx, user_id: str, *, why: str, address: str, now: datetime) -> None:
    """Trust none of a person's browsers any longer: something has changed that the trust rested on."""
    if store.forget_all(tx, user_id):
        audit.add(tx, _event("device.untrusted", user_id, now, address, "", why))


def void_others(tx: Tx, user_id: str, browser: Browser, *, why: str, now: datetime) -> None:
    """Trust none of a person's other browsers any longer; this one stays, by the newest secret alone."""
    brought = {(trust.id, digest(trust.secret)) for trust in trusts_of(browser)}
    for device in store.list_trusted(tx, user_id):
        if (device.id, device.secret_hash) not in brought and store.forget(tx, device.id, user_id):
            audit.add(tx, _event("device.untrusted", user_id, now, browser.address, device.id, why))


def used(tx: Tx, device: TrustedDevice, browser: Browser, *, tokens: Tokens, now: datetime) -> tuple[Trust, ...] | None:
    """Use the trust up and put another secret in its place; None when somebody else was faster."""
    presented = next(trust for trust in trusts_of(browser) if trust.id == device.id)
    successor = Trust(id=device.id, secret=tokens.token())
    is_first = store.rotate(
        tx,
        device.id,
        device.user_id,
        presented=digest(presented.secret),
        successor=digest(successor.secret),
        address=browser.address,
        now=now,
    )
    return (successor, *_others(browser, device.id)) if is_first else None


def given(tx: Tx, user: User, browser: Browser, *, tokens: Tokens, now: datetime) -> tuple[Trust, ...]:
    """Trust this browser from now on, in the place of whatever this person trusted it by before."""
    for trust in trusts_of(browser):
        store.forget(tx, trust.id, user.id)
    fresh = Trust(id=tokens.new_id(), secret=tokens.token())
    device = TrustedDevice(
        id=fresh.id,
        user_id=user.id,
        secret_hash=digest(fresh.secret),
        trusted_at=now,
        used_at=now,
        user_agent=browser.user_agent,
        address=browser.address,
    )
    store.add(tx, device)
    audit.add(tx, _event("device.trusted", user.id, now, browser.address, fresh.id, ""))
    return (fresh, *trusts_of(browser))


def _others(browser: Browser, device_id: str) -> tuple[Trust, ...]:
    return tuple(trust for trust in trusts_of(browser) if trust.id != device_id)


def _event(name: str, user_id: str, now: datetime, address: str, device_id: str, why: str) -> Event:
    details = {key: value for key, value in (("device", device_id), ("reason", why)) if value}
    return Event(name=name, at=now, user_id=user_id, address=address, details=details)
