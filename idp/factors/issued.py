"""What the issuer hands to somebody: a ticket, a temporary code (E7, E8).

Owns what the two have in common: no kind of their own and the issuer's channel, so that beside a password they reach
two steps and never more; good for a while and once. Whoever stores the result spends it by one conditional write
(`step`), and it stays behind as what a proof in hand refers to.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime

import msgspec

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Challenge, Credential, Person, Sending, Verified

CHANNEL = "issuer"
_SPENT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lasting:
    """What is kept of every one of them."""

    expires_at: datetime


class Issued(ABC):
    """Something one was given."""

    name: str
    input_name = "code"
    is_slow: bool
    sending: Sending | None = None

    @abstractmethod
    def matches(self, credential: Credential, answer: str) -> bool:
        """Tell, in constant time, whether this is what was handed out."""

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Ask for it; there is nothing to prepare."""
        return Challenge()

    def verify(
        self,
        credential: Credential | None,
        challenge: Challenge,  # noqa: ARG002 -- the interface of all factors
        answer: str,
        *,
        now: datetime,
    ) -> Verified | Rejected:
        """Accept it in its time; whether it has been used, only spending it tells."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        if not self.matches(credential, answer):
            return Rejected(Reason.CODE_MISMATCH)
        if credential.step is not None:
            return Rejected(Reason.CODE_USED)
        return Verified(step=_SPENT) if now < _end_of(credential) else Rejected(Reason.CODE_EXPIRED)


def is_open(credential: Credential, now: datetime) -> bool:
    """Tell whether it may still be used."""
    return credential.step is None and now < _end_of(credential)


def _end_of(credential: Credential) -> datetime:
    return msgspec.json.decode(credential.material, type=Lasting).expires_at
