"""Codes that are sent: what text message and mail have in common (F3, F4).

Owns how such a code is made, kept and compared: drawn digits, hashed with a salt of their own in the sealed state of
the challenge, good until its end. A new code replaces the state, so the one before is void (OTP-14). The state names
whom the code was made for; it lies in one interaction alone, whose version spends it (OTP-16, OTP-17). Sending, pacing
and counting are the service's; `Sending` says by which numbers.
"""

import hashlib
import hmac
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Challenge, Credential, Message, NewCredential, Person, Sending, Verified

PURPOSE = "code"
"""What a message with a code is for, in the outbox."""
_DROPPED = str.maketrans("", "", " -")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is kept of a code that is on its way."""

    about: str
    """The credential it was made for, or while enrolling the destination."""
    to: str
    salt: str = field(repr=False)
    code_hash: str = field(repr=False)
    digits: int
    expires_at: datetime


class SentCode(ABC):
    """A factor that sends a code to a destination of the person's and wants it back."""

    name: str
    input_name = "code"
    is_slow = False

    def __init__(self, *, digits: int = 6, ttl: timedelta = timedelta(minutes=5), attempts: int = 5) -> None:
        self._digits = digits
        self._ttl = ttl
        self.sending: Sending | None = Sending(attempts=attempts)

    @abstractmethod
    def channel_of(self, destination: str) -> str:
        """Return the channel that all proofs by this destination share."""

    @abstractmethod
    def masked(self, destination: str) -> str:
        """Return the destination as its owner recognises it and nobody else can use it."""

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Draw a code and the message that carries it."""
        return self._sent(about=credential.id, to=credential.material.decode(), tokens=tokens, now=now)

    def verify(
        self, credential: Credential | None, challenge: Challenge, answer: str, *, now: datetime
    ) -> Verified | Rejected:
        """Accept the code that was sent last to this credential, in time."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        kept = _kept(challenge)
        if kept is None or kept.about != credential.id:
            return Rejected(Reason.CODE_MISMATCH)
        return _compared(kept, answer, now) or Verified()

    @property
    def ttl(self) -> timedelta:
        """How long a code is good."""
        return self._ttl

    def ask(self, destination: str, *, tokens: Tokens, now: datetime) -> Challenge:
        """Draw a code, and the message that carries it, for an address that is nobody's yet."""
        return self._sent(about=destination, to=destination, tokens=tokens, now=now)

    def bind(self, destination: str) -> NewCredential:
        """Return the credential of a destination that is known to be the person's."""
        return NewCredential(
            channel=self.channel_of(destination), material=destination.encode(), label=self.masked(destination)
        )

    def _sent(self, *, about: str, to: str, tokens: Tokens, now: datetime) -> Challenge:
        code, salt = tokens.digits(self._digits), tokens.token()
        kept = _Kept(
            about=about,
            to=to,
            salt=salt,
            code_hash=_hash(salt, code),
            digits=self._digits,
            expires_at=now + self._ttl,
        )
        lasts = int(self._ttl.total_seconds())
        message = Message(
            channel=self.name,
            to=to,
            purpose=PURPOSE,
            values={"code": code, "minutes": str(max(1, lasts // 60))},
            expires_at=kept.expires_at,
        )
        page = {"to": self.masked(to), "digits": str(self._digits), "lasts": str(lasts)}
        return Challenge(state=msgspec.json.encode(kept), page=page, message=message)


def proven(challenge: Challenge, answer: str, now: datetime) -> str | Rejected:
    """Return the destination to which the answered code was sent."""
    kept = _kept(challenge)
    if kept is None:
        return Rejected(Reason.CODE_MISMATCH)
    return _compared(kept, answer, now) or kept.to


def _kept(challenge: Challenge) -> _Kept | None:
    """Return what is kept; None when nothing has been sent."""
    return msgspec.json.decode(challenge.state, type=_Kept) if challenge.state else None


def _compared(kept: _Kept, answer: str, now: datetime) -> Rejected | None:
    """Compare in constant time; None: it is the code. Only ASCII digits are a code (OTP-03)."""
    code = answer.translate(_DROPPED)
    if len(code) != kept.digits or not (code.isascii() and code.isdecimal()):
        return Rejected(Reason.CODE_MALFORMED)
    if not hmac.compare_digest(_hash(kept.salt, code), kept.code_hash):
        return Rejected(Reason.CODE_MISMATCH)
    return None if now < kept.expires_at else Rejected(Reason.CODE_EXPIRED)


def _hash(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt}:{code}".encode()).hexdigest()
