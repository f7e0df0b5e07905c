"""The recovery code (F8): one, long, on paper; used once, and replaced as it is used.

An alternative to a list of backup codes: a bundle names one or the other in `factors.order`. A code has 120 bits or
more, so a plain digest keeps it (OTP-22; ASVS 6.5.2) and no hashing lane is needed. Whoever stores the result spends it
by one conditional write, keeps the next one in the same transaction, and shows that before anything else goes on:
nobody is left without one by using it (NIST SP 800-63B-4 §4.2.1.1).
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors import crockford
from idp.factors.base import Challenge, Credential, NewCredential, Person, Rotation, Sending, Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is kept of the code."""

    length: int
    code_hash: str = field(repr=False)


class RecoveryCode:
    """Something one has: the code."""

    name = "recovery_code"
    input_name = "code"
    typed_name = ""
    is_slow = False
    sending: Sending | None = None
    is_proof = False
    """Whoever is shown a code has not shown that they have it."""

    def __init__(self, *, length: int = 25) -> None:
        self._length = length

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Ask for the code; there is nothing to prepare."""
        return Challenge()

    def verify(
        self,
        credential: Credential | None,
        challenge: Challenge,  # noqa: ARG002 -- the interface of all factors
        answer: str,
        *,
        now: datetime,  # noqa: ARG002
    ) -> Verified | Rejected:
        """Accept the code; whether it has been spent, only spending it tells."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        kept = msgspec.json.decode(credential.material, type=_Kept)
        code = crockford.read(answer)
        if len(code) != kept.length:
            return Rejected(Reason.CODE_MALFORMED)
        code_hash = _hash(code)
        if not hmac.compare_digest(code_hash, kept.code_hash):
            return Rejected(Reason.CODE_MISMATCH)
        return Verified(code_hash=code_hash)

    def rotate(self, *, tokens: Tokens) -> Rotation:
        """Draw the code that takes the place of the one that was used."""
        code = crockford.draw(tokens, self._length)
        return Rotation(challenge=_put(code), new=_new(code))

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:  # noqa: ARG002 -- the interface of all factors
        """Draw a code to be shown; it does not count yet."""
        return _put(crockford.draw(tokens, self._length))

    def enroll_finish(
        self,
        person: Person,  # noqa: ARG002 -- the interface of all factors
        challenge: Challenge,
        answer: str,  # noqa: ARG002 -- there is nothing to prove: the code comes from us
        *,
        now: datetime,  # noqa: ARG002
    ) -> NewCredential | Rejected:
        """Keep the code that was shown, as a hash."""
        return _new(challenge.state.decode()) if challenge.state else Rejected(Reason.CODE_EXPIRED)


def _put(code: str) -> Challenge:
    return Challenge(state=code.encode(), page={"codes": crockford.shown(code)})


def _new(code: str) -> NewCredential:
    code_hash = _hash(code)
    kept = _Kept(length=len(code), code_hash=code_hash)
    return NewCredential(channel="", material=msgspec.json.encode(kept), code_hashes=(code_hash,))


def _hash(code: str) -> str:
    return hashlib.sha256(f"recovery code:{code}".encode()).hexdigest()
