"""Somebody says they have forgotten their password: one answer, whoever they named (E6).

Known or unknown, suspended or without a mailbox, the page, its status and the work behind it are the same (SES-08). A
name is answered a few times, an address asks a few times; what is over the first limit is silently not sent, as a
stranger must not learn of it, what is over the second is told.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from idp.core.clock import Clock
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import digest
from idp.login.recovery import letters
from idp.login.recovery.links import LASTS, MailedLinks
from idp.login.recovery.passwords import password_of, state_of
from idp.login.sender import Sender
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.links import store as links
from idp.records.users.links.model import Purpose
from idp.records.users.model import User, username_key
from idp.storage.tx import Tx
from idp.web.current import Browser

PURPOSE = "reset"
MAX_NAME = 256
_NOBODY = "nobody"
"""Whose links those are that are made for names nobody has: they open nothing, and there is one at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """So many, within this time."""

    most: int
    within: timedelta


BY_NAME = Limit(most=3, within=timedelta(minutes=15))
BY_ADDRESS = Limit(most=20, within=timedelta(minutes=10))


class Requests:
    """Takes requests for a new password."""

    def __init__(self, *, links: MailedLinks, sender: Sender, clock: Clock) -> None:
        self._links = links
        self._sender = sender
        self._clock = clock

    def take(self, tx: Tx, name: str, browser: Browser) -> Rejected | None:
        """Send a link if the name is somebody's who can use one; a refusal says when to come again."""
        now = self._clock.now()
        counted = _reserve(tx, f"recover:address:{browser.address}", BY_ADDRESS, now)
        if not counted.allowed:
            return Rejected(Reason.TOO_MANY_ATTEMPTS, counted.until)
        is_open = _reserve(tx, f"recover:name:{digest(username_key(name[:MAX_NAME]))}", BY_NAME, now).allowed
        user = _named(tx, name)
        material = "" if user is None else state_of(user, password_of(tx, user))
        if user is None or not material or not is_open:
            self._pretend(tx, browser, now)
        else:
            self._send(tx, user, material, browser, now)
        return None

    def _send(self, tx: Tx, user: User, state: str, browser: Browser, now: datetime) -> None:
        """Send the link; one that was sent before opens nothing any more (ENR-13)."""
        links.void(tx, user.id, Purpose.RESET)
        link = self._links.make(tx, Purpose.RESET, user.id, now=now, about=state)
        letter = letters.reset(link, self._sender.texts(browser.wants), host=self._sender.host)
        ends = now + LASTS[Purpose.RESET]
        self._sender.send(tx, channel="email", to=user.email, purpose=PURPOSE, letter=letter, now=now, expires_at=ends)
        audit.add(tx, Event(name="recovery.link.sent", at=now, user_id=user.id, address=browser.address))

    def _pretend(self, tx: Tx, browser: Browser, now: datetime) -> None:
        """Do the work of sending, for nobody: as many writes, and as long a text to seal."""
        links.void(tx, _NOBODY, Purpose.RESET)
        link = self._links.make(tx, Purpose.RESET, _NOBODY, now=now)
        letter = letters.reset(link, self._sender.texts(browser.wants), host=self._sender.host)
        tx.keys.seal(letter.text.encode(), context=_NOBODY)
        links.void(tx, _NOBODY, Purpose.RESET)
        audit.add(tx, Event(name="recovery.link.refused", at=now, address=browser.address))


def _reserve(tx: Tx, key: str, limit: Limit, now: datetime) -> throttle.Reserved:
    return throttle.reserve(
        tx, key, now=now, after=limit.most, lock_for=limit.within, ceiling=None, forget_after=limit.within
    )


def _named(tx: Tx, name: str) -> User | None:
    """Return who is called this, or has this address; whoever may not sign in is nobody. Both are always looked for."""
    if len(name) > MAX_NAME:
        return None
    by_name, by_email = users.get_by_username(tx, name), users.get_by_email(tx, name.strip())
    user = by_name or by_email
    if user is None or user.disabled_at is not None or not user.email or user.email_verified_at is None:
        return None
    return user
