"""Recovery of somebody who has lost every second factor (E7; NIST SP 800-63B-4 §4.2.2).

It takes the password, given just now, and the mailbox, and then it takes time: until it has cooled off no
level above two steps holds, everybody who can be told is told, and each notice can stop it. Nobody is signed in by any
of it, and no step of an interaction is skipped: what was lost is gone afterwards, and what then happens the policy says
as always. A password that was reset by that mailbox is no more than the mailbox, so it begins nothing (ENR-21).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from idp.core.clock import Clock
from idp.core.errors import NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens, digest
from idp.factors.base import Credential
from idp.login import binding, budget, letters, trusting
from idp.login import store as interactions
from idp.login.losing.letters import lost as lost_letter
from idp.login.model import INTERACTION_TTL
from idp.login.policies import Policies
from idp.login.recovery import cooling
from idp.login.recovery.links import LASTS, MailedLinks, consume, found
from idp.login.recovery.passwords import password_of, state_of
from idp.login.sender import Sender
from idp.login.telling import Occasion, Telling
from idp.policy.language import Bundle
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.throttle import store as throttle
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.links import store as links
from idp.records.users.links.model import Link, Purpose
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.current import Browser

MOST, WITHIN = 3, timedelta(minutes=15)
"""Mails for one person."""
PURPOSE = "recovery"


class Obstacle(StrEnum):
    """Why nothing can be begun here."""

    NO_MAILBOX = "no_mailbox"
    NOTHING_LOST = "nothing_lost"
    PASSWORD_FIRST = "password_first"
    """The password was not given just now, or it is worth no more than the mailbox."""
    COOLING = "cooling"
    """One is under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Who says so, and what would be gone."""

    user: User
    lost: tuple[Credential, ...]
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A link that is good."""

    link: Link
    user: User
    lost: tuple[Credential, ...]


class Losses:
    """Begins recoveries of whoever has lost every second factor."""

    def __init__(
        self,
        *,
        policies: Policies,
        links: MailedLinks,
        sender: Sender,
        telling: Telling,
        clock: Clock,
        tokens: Tokens,
    ) -> None:
        self._policies = policies
        self._links = links
        self._sender = sender
        self._telling = telling
        self._clock = clock
        self._tokens = tokens

    def about(self, tx: Tx, interaction_id: str, browser: Browser) -> Loss:
        """Return whom an interaction of this browser is about. Raises NotFoundError where there is none, or nobody."""
        now, found_ = self._clock.now(), interactions.get(tx, interaction_id) if browser.login else None
        if found_ is None or not binding.secret_of(browser.login, found_.browser_hash):
            raise NotFoundError
        user = users.get(tx, found_.user_id) if found_.user_id else None
        if user is None or user.disabled_at is not None or found_.finished_at or found_.expires_at <= now:
            raise NotFoundError
        password = password_of(tx, user)
        is_proved = password is not None and any(
            proof.credential_id == password.id
            and now - proof.at < INTERACTION_TTL
            and proof.channel == password.channel == cooling.PERSON
            for proof in found_.evidence
        )
        lost = _lost(tx, user, self._policies.for_person(tx, user.id))
        return Loss(user=user, lost=lost, obstacle=_obstacle(user, lost, now, is_proved=is_proved))

    def ask(self, tx: Tx, loss: Loss, browser: Browser) -> Rejected | None:
        """Send the link to the mailbox, within limits; one that was sent before opens nothing any more."""
        user, now = loss.user, self._clock.now()
        key = f"recover:lost:{user.id}"
        counted = throttle.reserve(tx, key, now=now, after=MOST, lock_for=WITHIN, ceiling=None, forget_after=WITHIN)
        if not counted.allowed:
            return Rejected(Reason.TOO_MANY_ATTEMPTS, counted.until)
        links.void(tx, user.id, Purpose.LOST)
        link = self._links.make(tx, Purpose.LOST, user.id, now=now, about=_state(tx, user, loss.lost))
        letter = lost_letter(link, self._sender.texts(browser.wants), host=self._sender.host)
        ends = now + LASTS[Purpose.LOST]
        self._sender.send(tx, channel="email", to=user.email, purpose=PURPOSE, letter=letter, now=now, expires_at=ends)
        audit.add(tx, Event(name="recovery.link.sent", at=now, user_id=user.id, address=browser.address))
        return None

    def opened(self, tx: Tx, token: str) -> Opened | None:
        """Return what a link would do; None when it is over, or something it was bound to has changed since."""
        link = found(tx, token, Purpose.LOST, self._clock.now())
        user = users.get(tx, link.user_id) if link else None
        if link is None or user is None or user.disabled_at is not None:
            return None
        lost = _lost(tx, user, self._policies.for_person(tx, user.id))
        return Opened(link=link, user=user, lost=lost) if lost and _state(tx, user, lost) == link.about else None

    def take(self, tx: Tx, token: str, browser: Browser) -> datetime | None:
        """Begin the recovery and tell of it everywhere; return when it will have cooled off, None: the link is over."""
        before = self.opened(tx, token)
        if before is None:
            return None
        users.hold(tx, before.user.id)
        # Whoever held this person until now may have changed what the link is bound to.
        opened, now = self.opened(tx, token), self._clock.now()
        if opened is None or not consume(tx, opened.link, now):
            return None
        user = opened.user
        recovery = cooling.start(
            tx,
            user,
            replaced=None,
            password_id="",
            lost=tuple(each.id for each in opened.lost),
            language=self._telling.language(user, browser.wants),
            id_=self._tokens.new_id(),
            now=now,
        )
        trusting.void_all(tx, user.id, why="recovering", address=browser.address, now=now)
        until = f"{recovery.cools_until:%Y-%m-%d %H:%M} UTC"
        self._telling.tell(tx, user, partial(letters.losing, until=until), Occasion.of(browser, now))
        return recovery.cools_until


def _obstacle(user: User, lost: tuple[Credential, ...], now: datetime, *, is_proved: bool) -> Obstacle | None:
    if user.recovering_until is not None and user.recovering_until > now:
        return Obstacle.COOLING
    if not lost:
        return Obstacle.NOTHING_LOST
    if not user.email or user.email_verified_at is None or user.reported_at is not None:
        return Obstacle.NO_MAILBOX
    return None if is_proved else Obstacle.PASSWORD_FIRST


def _lost(tx: Tx, user: User, bundle: Bundle) -> tuple[Credential, ...]:
    """Return what would be gone: all second factors. A mailbox is none, and without it nothing could be set up."""
    held = credentials.list_credentials(tx, user.id)
    return tuple(each for each in held if each.factor != budget.PASSWORD and _is_second(each, bundle))


def _is_second(credential: Credential, bundle: Bundle) -> bool:
    traits = bundle.traits.get(credential.factor)
    return traits is None or bool(traits.kinds)


def _state(tx: Tx, user: User, lost: Iterable[Credential]) -> str:
    """Return a digest of what the link is bound to: mailbox, password, and everything that would be gone."""
    kept = state_of(user, password_of(tx, user))
    return digest("\n".join([kept, *sorted(each.id for each in lost)])) if kept else ""
