"""A made-up factor, to show all that a new one takes: this file, its two pages, and one line where it is registered."""

import hashlib
import hmac
from datetime import datetime
from pathlib import Path

from idp.core.assurance import FactorTraits, Kind
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Challenge, Credential, NewCredential, Person, Sending, Verified
from idp.factors.own import OwnFactor


class Badge:
    """Something one has: a badge with a number on it."""

    name = "badge"
    input_name = "code"
    typed_name = ""
    is_slow = False
    is_proof = True
    sending: Sending | None = None

    def __init__(self, *, digits: int = 6) -> None:
        self._digits = digits

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:
        return Challenge()

    def verify(
        self,
        credential: Credential | None,
        challenge: Challenge,
        answer: str,
        *,
        now: datetime,
    ) -> Verified | Rejected:
        if credential is None or not hmac.compare_digest(_hash(answer), credential.material):
            return Rejected(Reason.CODE_MISMATCH)
        return Verified()

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:
        number = tokens.digits(self._digits)
        return Challenge(state=number.encode(), page={"number": number})

    def enroll_finish(
        self,
        person: Person,
        challenge: Challenge,
        answer: str,
        *,
        now: datetime,
    ) -> NewCredential | Rejected:
        if not challenge.state or not hmac.compare_digest(answer.encode(), challenge.state):
            return Rejected(Reason.CODE_MISMATCH)
        return NewCredential(channel="", material=_hash(answer))


def _hash(number: str) -> bytes:
    return hashlib.sha256(number.encode()).digest()


BADGE = OwnFactor(
    traits=FactorTraits("badge", frozenset({Kind.HAVE}), "badge", ("sc",)),
    build=Badge,
    names={"en": "Staff badge", "ja": "社員証"},
    templates=Path(__file__).parent,
)
