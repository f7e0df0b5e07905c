"""Codes that people keep on paper: what a list of backup codes and a recovery code have in common (F7, F8).

Owns what such a factor is: shown once, each code good once, had only beside a factor that proves something, as whoever
is shown a code has not shown that they have it. How codes are drawn and hashed is each one's own matter. Whoever stores
the result spends a code by one conditional write.
"""

import hmac
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors import crockford
from idp.factors.base import Challenge, Credential, NewCredential, Person, Sending, Verified


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What an answer is compared with."""

    length: int
    code_hashes: Sequence[str] = field(repr=False)


class WrittenCode(ABC):
    """Something one has: the paper."""

    name: str
    input_name = "code"
    typed_name = ""
    is_slow: bool
    sending: Sending | None = None
    is_proof = False

    @abstractmethod
    def draw(self, *, tokens: Tokens) -> Challenge:
        """Return what is shown, with what is to be kept of it once the person has it; nothing of it counts yet."""

    @abstractmethod
    def keep(self, state: bytes) -> NewCredential:
        """Return what is kept of what was drawn: hashes."""

    @abstractmethod
    def written(self, credential: Credential) -> Written:
        """Return what was kept."""

    @abstractmethod
    def hashed(self, credential: Credential, code: str) -> str:
        """Return the hash of a code as this credential keeps it."""

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Ask for a code; there is nothing to prepare."""
        return Challenge()

    def verify(
        self,
        credential: Credential | None,
        challenge: Challenge,  # noqa: ARG002 -- the interface of all factors
        answer: str,
        *,
        now: datetime,  # noqa: ARG002
    ) -> Verified | Rejected:
        """Accept a code that was kept; whether it has been spent, only spending it tells."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        kept, code = self.written(credential), crockford.read(answer)
        if len(code) != kept.length:
            return Rejected(Reason.CODE_MALFORMED)
        code_hash = self.hashed(credential, code)
        matches = [hmac.compare_digest(each, code_hash) for each in kept.code_hashes]  # all of them, whichever fits
        return Verified(code_hash=code_hash) if any(matches) else Rejected(Reason.CODE_MISMATCH)

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:  # noqa: ARG002 -- the interface of all factors
        """Draw what is to be shown."""
        return self.draw(tokens=tokens)

    def enroll_finish(
        self,
        person: Person,  # noqa: ARG002 -- the interface of all factors
        challenge: Challenge,
        answer: str,  # noqa: ARG002 -- there is nothing to prove: the codes come from us
        *,
        now: datetime,  # noqa: ARG002
    ) -> NewCredential | Rejected:
        """Keep what was shown."""
        return self.keep(challenge.state) if challenge.state else Rejected(Reason.CODE_EXPIRED)
