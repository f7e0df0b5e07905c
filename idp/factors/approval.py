"""Approval on another device on which the person is signed in (F9).

Owns what a request is: a number of two digits that the page of the sign-in shows and the other device wants typed, so
that nobody approves what they do not see (number matching), and when it ends. The answer comes from the other device,
never from the form: the service reads what was decided there and hands it in. Who may approve, how many requests may
wait, and what a denial closes is the service's (`idp.login.elsewhere`).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Challenge, Credential, Message, Person, Sending, Verified

APPROVED, DENIED, PENDING = "approved", "denied", "pending"
NUMBER_DIGITS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the interaction keeps of its request."""

    request: str
    expires_at: datetime


class Approval:
    """Something one has: the other device."""

    name = "approval"
    input_name = "code"
    is_slow = False

    def __init__(self, *, ttl: timedelta = timedelta(minutes=2), pending: int = 3) -> None:
        self.ttl = ttl
        self.pending = pending
        self.sending: Sending | None = Sending(attempts=pending, resend_after=timedelta(seconds=30), most=6)

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Draw a request and its number."""
        request, number = tokens.new_id(), tokens.digits(NUMBER_DIGITS)
        kept = _Kept(request=request, expires_at=now + self.ttl)
        values = {"request": request, "number": number}
        message = Message(channel=self.name, to=person.id, purpose=self.name, values=values)
        return Challenge(state=msgspec.json.encode(kept), page={"number": number}, message=message)

    def verify(
        self, credential: Credential | None, challenge: Challenge, answer: str, *, now: datetime
    ) -> Verified | Rejected:
        """Accept what was approved on the device of this credential, in time."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        request = self.request_of(challenge)
        if not request or answer not in (APPROVED, DENIED):
            return Rejected(Reason.APPROVAL_PENDING)
        if answer == DENIED:
            return Rejected(Reason.APPROVAL_DENIED)
        kept = msgspec.json.decode(challenge.state, type=_Kept)
        return Verified(request=request) if now < kept.expires_at else Rejected(Reason.CODE_EXPIRED)

    def request_of(self, challenge: Challenge) -> str:
        """Return the id of the request that was sent; empty: none was."""
        return msgspec.json.decode(challenge.state, type=_Kept).request if challenge.state else ""
