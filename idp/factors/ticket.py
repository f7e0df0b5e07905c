"""The ticket (E8): handed to somebody once, so that they can begin. No kind of its own, and the issuer's channel.

Owns how a ticket is drawn, written and compared. It names its credential, so that whoever brings one need not say who
they are; of its secret the hash is kept. It is good for a while and once: whoever stores the result spends it by one
conditional write (`step`), and it stays behind as what a proof in hand refers to.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens, digest
from idp.factors.base import Challenge, Credential, NewCredential, Person, Sending, Verified

NAME = "ticket"
_MARK = "."
_MAX_TYPED = 200
_SPENT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is kept of a ticket."""

    secret_hash: str = field(repr=False)
    expires_at: datetime


class Ticket:
    """Something one was given."""

    name = NAME
    input_name = "code"
    is_slow = False
    sending: Sending | None = None

    def __init__(self, *, ttl: timedelta = timedelta(days=5)) -> None:
        self._ttl = ttl

    def issue(self, *, credential_id: str, tokens: Tokens, now: datetime) -> tuple[str, NewCredential]:
        """Draw a ticket: the text that is handed out, shown this once, and what is kept."""
        secret = tokens.token()
        kept = _Kept(secret_hash=digest(secret), expires_at=now + self._ttl)
        return f"{credential_id}{_MARK}{secret}", NewCredential(channel="issuer", material=msgspec.json.encode(kept))

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Ask for the ticket; there is nothing to prepare."""
        return Challenge()

    def verify(
        self,
        credential: Credential | None,
        challenge: Challenge,  # noqa: ARG002 -- the interface of all factors
        answer: str,
        *,
        now: datetime,
    ) -> Verified | Rejected:
        """Accept the ticket in its time; whether it has been used, only spending it tells."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        kept = msgspec.json.decode(credential.material, type=_Kept)
        named, _, secret = answer.strip().partition(_MARK)
        if named != credential.id or not hmac.compare_digest(digest(secret), kept.secret_hash):
            return Rejected(Reason.CODE_MISMATCH)
        if credential.step is not None:
            return Rejected(Reason.CODE_USED)
        return Verified(step=_SPENT) if now < kept.expires_at else Rejected(Reason.CODE_EXPIRED)


def credential_of(typed: str) -> str:
    """Return the id of the credential that a ticket names; empty where it is none."""
    named, mark, secret = typed.strip()[:_MAX_TYPED].partition(_MARK)
    return named if mark and secret else ""


def is_open(credential: Credential, now: datetime) -> bool:
    """Tell whether a ticket may still be used."""
    return credential.step is None and now < msgspec.json.decode(credential.material, type=_Kept).expires_at
