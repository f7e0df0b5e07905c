"""The recovery code (F8): one, long, on paper; used once, and replaced as it is used.

An alternative to a list of backup codes: a bundle names one or the other in `factors.order`. A code has 120 bits or
more, so a plain digest keeps it (OTP-22; ASVS 6.5.2) and no hashing lane is needed. Whoever spends it keeps the next
one in the same transaction, and shows that before anything else goes on: nobody is left without one by using it (NIST
SP 800-63B-4 §4.2.1.1).
"""

import hashlib
from dataclasses import dataclass, field

import msgspec

from idp.core.tokens import Tokens
from idp.factors import crockford
from idp.factors.base import Challenge, Credential, NewCredential, Rotation
from idp.factors.written_code import Written, WrittenCode


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is kept of the code."""

    length: int
    code_hash: str = field(repr=False)


class RecoveryCode(WrittenCode):
    """Something one has: the code."""

    name = "recovery_code"
    is_slow = False

    def __init__(self, *, length: int = 25) -> None:
        self._length = length

    def rotate(self, *, tokens: Tokens) -> Rotation:
        """Draw the code that takes the place of the one that was used."""
        drawn = self.draw(tokens=tokens)
        return Rotation(challenge=drawn, new=self.keep(drawn.state))

    def draw(self, *, tokens: Tokens) -> Challenge:
        """Draw a code to be shown."""
        code = crockford.draw(tokens, self._length)
        return Challenge(state=code.encode(), page={"codes": crockford.shown(code)})

    def keep(self, state: bytes) -> NewCredential:
        """Keep the code that was drawn, as a hash."""
        code = state.decode()
        code_hash = _hash(code)
        kept = _Kept(length=len(code), code_hash=code_hash)
        return NewCredential(channel="", material=msgspec.json.encode(kept), code_hashes=(code_hash,))

    def written(self, credential: Credential) -> Written:
        """Return what was kept of the code."""
        kept = msgspec.json.decode(credential.material, type=_Kept)
        return Written(length=kept.length, code_hashes=(kept.code_hash,))

    def hashed(self, credential: Credential, code: str) -> str:  # noqa: ARG002 -- as all that is written down
        """Return the hash of a code."""
        return _hash(code)


def _hash(code: str) -> str:
    return hashlib.sha256(f"recovery code:{code}".encode()).hexdigest()
