"""Sends: within limits, into the outbox, in the transaction of what causes it.

A message leaves only in answer to a POST of an interaction (F3). One destination gets ten in ten minutes and one person
too, whatever numbers they name (MSG-01); the next of one interaction comes a minute after the last. Each limit is one
conditional count, so that fifty at once send one (MSG-04).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens, digest
from idp.factors.base import Message, Sending
from idp.login.messages import Letter
from idp.login.model import Interaction
from idp.records.delivery import store as outbox
from idp.records.delivery.model import OutboxMessage
from idp.records.throttle import store as throttle
from idp.storage.tx import Tx
from idp.web.languages import Wanted, choose
from idp.web.texts import Texts


def _nobody(_channel: str) -> None:
    """Wake nobody: what is in the outbox stays there."""


class Sender:
    """Puts messages into the outbox, and wakes whoever carries them once they are kept."""

    def __init__(
        self, *, host: str, tokens: Tokens, catalogues: Mapping[str, Texts], wake: Callable[[str], None] = _nobody
    ) -> None:
        self.host = host
        """The name under which people know this service, and to which codes are bound."""
        self._tokens = tokens
        self._catalogues = catalogues
        self._wake = wake

    def texts(self, wants: Wanted, *asked: str) -> Texts:
        """Return the texts of the language that pages in answer to such a browser speak."""
        return self._catalogues[choose(wants, available=self._catalogues, asked=asked)]

    def send(
        self,
        tx: Tx,
        *,
        channel: str,
        to: str,
        purpose: str,
        letter: Letter,
        now: datetime,
        expires_at: datetime | None = None,
    ) -> str:
        """Put one message into the outbox; return its id."""
        message = OutboxMessage(
            id=self._tokens.new_id(),
            channel=channel,
            to=to,
            purpose=purpose,
            created_at=now,
            language=letter.language,
            subject=letter.subject,
            text=letter.text,
            expires_at=expires_at,
        )
        outbox.add(tx, message)
        tx.after_commit(partial(self._wake, channel))
        return message.id


def pace_key(interaction: Interaction) -> str:
    """Return the key that paces what is sent for the challenge that an interaction has put."""
    return f"resend:{interaction.id}:{about_of(interaction)}"


def tries_key(interaction_id: str, about: str) -> str:
    """Return the key that counts the tries at what an interaction sends, over all that is sent."""
    return f"tries:{interaction_id}:{about}"


def about_of(interaction: Interaction) -> str:
    """Return what is sent about: a credential, or the setting up of a factor, whatever number is named."""
    return interaction.challenge_credential or f"enrol-{interaction.challenge_factor}"


def reserve(tx: Tx, message: Message, limits: Sending, *, user_id: str, pace: str, now: datetime) -> Rejected | None:
    """Count a message that is about to be sent; a refusal says when the next one may."""
    paced = throttle.reserve(tx, pace, now=now, after=1, lock_for=limits.resend_after, ceiling=None)
    if not paced.allowed:
        return Rejected(Reason.SEND_LIMITED, paced.until)
    for key in (f"send:{message.channel}:{digest(message.to.casefold())}", f"send:person:{user_id}"):
        counted = throttle.reserve(
            tx, key, now=now, after=limits.most, lock_for=limits.per, ceiling=None, forget_after=limits.per
        )
        if not counted.allowed:
            return Rejected(Reason.SEND_LIMITED, counted.until)
    return None


def next_at(tx: Tx, pace: str, now: datetime) -> datetime | None:
    """Return when the next message may be sent; None: now."""
    counted = throttle.get(tx, pace)
    return counted.locked_until if counted and counted.locked_until and counted.locked_until > now else None
