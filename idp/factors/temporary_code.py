"""The temporary code (E7): read out by an administrator to somebody who has lost what they prove themselves with.

Owns how such a code is drawn, written and compared. It has no kind of its own and the issuer's channel, so beside a
password it reaches two steps and never more. Read out over a telephone it must be short, so it is kept under a slow
hash with a salt of its own (OTP-22). It is good for some hours and once: whoever stores the result spends it by one
conditional write (`step`), and it stays behind as what a proof in hand refers to.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec
from argon2.low_level import Type, hash_secret_raw

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors import crockford
from idp.factors.base import Challenge, Cost, Credential, NewCredential, Person, Sending, Verified

NAME = "temporary_code"
LENGTH = 15
"""Characters: 75 bits (NIST SP 800-63B-4 §4.2.1.1 wants 64)."""
_SPENT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is kept of a code: the cost is that of its own time."""

    salt: str = field(repr=False)
    cost: Cost
    code_hash: str = field(repr=False)
    expires_at: datetime


class TemporaryCode:
    """Something one was told."""

    name = NAME
    input_name = "code"
    is_slow = True
    sending: Sending | None = None

    def __init__(self, *, ttl: timedelta = timedelta(hours=8), cost: Cost | None = None) -> None:
        self.ttl = ttl
        self._cost = cost or Cost()

    def issue(self, *, tokens: Tokens, now: datetime) -> tuple[str, NewCredential]:
        """Draw a code: the text that is read out, shown this once, and what is kept."""
        code, salt = crockford.draw(tokens, LENGTH), tokens.token()
        code_hash = _hash(code, salt, self._cost)
        kept = _Kept(salt=salt, cost=self._cost, code_hash=code_hash, expires_at=now + self.ttl)
        return crockford.shown(code), NewCredential(channel="issuer", material=msgspec.json.encode(kept))

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Ask for the code; there is nothing to prepare."""
        return Challenge()

    def verify(
        self,
        credential: Credential | None,
        challenge: Challenge,  # noqa: ARG002 -- the interface of all factors
        answer: str,
        *,
        now: datetime,
    ) -> Verified | Rejected:
        """Accept the code in its time; whether it has been used, only spending it tells."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        kept = msgspec.json.decode(credential.material, type=_Kept)
        code = crockford.read(answer)
        if len(code) != LENGTH or not hmac.compare_digest(_hash(code, kept.salt, kept.cost), kept.code_hash):
            return Rejected(Reason.CODE_MISMATCH)
        if credential.step is not None:
            return Rejected(Reason.CODE_USED)
        return Verified(step=_SPENT) if now < kept.expires_at else Rejected(Reason.CODE_EXPIRED)


def is_open(credential: Credential, now: datetime) -> bool:
    """Tell whether a code may still be used."""
    return credential.step is None and now < msgspec.json.decode(credential.material, type=_Kept).expires_at


def _hash(code: str, salt: str, cost: Cost) -> str:
    return hash_secret_raw(
        code.encode(),
        salt.encode(),
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=32,
        type=Type.ID,
    ).hex()
