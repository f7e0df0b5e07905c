"""The temporary code (E7): read out by an administrator to somebody who has lost what they prove themselves with.

Owns how such a code is drawn, written and compared. Read out over a telephone it must be short, so it is kept under a
slow hash with a salt of its own (OTP-22). It is good for some hours and once.
"""

import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from idp.core.tokens import Tokens
from idp.factors import crockford
from idp.factors.base import Cost, Credential, NewCredential
from idp.factors.issued import CHANNEL, Issued, Lasting
from idp.factors.slow_hash import slow_hash

NAME = "temporary_code"
LENGTH = 15
"""Characters: 75 bits (NIST SP 800-63B-4 §4.2.1.1 wants 64)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept(Lasting):
    """What is kept of a code: the cost is that of its own time."""

    salt: str = field(repr=False)
    cost: Cost
    code_hash: str = field(repr=False)


class TemporaryCode(Issued):
    """Something one was told."""

    name = NAME
    is_slow = True

    def __init__(self, *, ttl: timedelta = timedelta(hours=8), cost: Cost | None = None) -> None:
        self.ttl = ttl
        self._cost = cost or Cost()

    def issue(self, *, tokens: Tokens, now: datetime) -> tuple[str, NewCredential]:
        """Draw a code: the text that is read out, shown this once, and what is kept."""
        code, salt = crockford.draw(tokens, LENGTH), tokens.token()
        code_hash = slow_hash(code, salt, self._cost)
        kept = _Kept(salt=salt, cost=self._cost, code_hash=code_hash, expires_at=now + self.ttl)
        return crockford.shown(code), NewCredential(channel=CHANNEL, material=msgspec.json.encode(kept))

    def matches(self, credential: Credential, answer: str) -> bool:
        """Tell whether this is the code."""
        kept = msgspec.json.decode(credential.material, type=_Kept)
        code = crockford.read(answer)
        return len(code) == LENGTH and hmac.compare_digest(slow_hash(code, kept.salt, kept.cost), kept.code_hash)
