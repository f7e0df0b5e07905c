"""Backup codes (F7): a list on paper, each code good once.

Owns how codes are drawn, written and hashed. A code has 50 bits, which is less than a stored secret may have behind a
plain digest, so they are kept as argon2id hashes under one salt a list: one computation an attempt (NIST SP 800-63B-4
§4.2.1.1; OTP-22). A new list voids the old one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from idp.core.tokens import Tokens
from idp.factors import crockford
from idp.factors.base import Challenge, Cost, Credential, NewCredential
from idp.factors.slow_hash import slow_hash
from idp.factors.written_code import Written, WrittenCode

_ADOPTED = frozenset(range(8, 33))
"""Lengths of codes that come from elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _List(Written):
    """What is kept of one list: the cost is that of its own time."""

    salt: str = field(repr=False)
    cost: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A list that is shown and not yet kept."""

    salt: str = field(repr=False)
    codes: tuple[str, ...] = field(repr=False)


class BackupCode(WrittenCode):
    """Something one has: the list."""

    name = "backup_code"
    is_slow = True

    def __init__(self, *, amount: int = 10, length: int = 10, cost: Cost | None = None) -> None:
        self._amount = amount
        self._length = length
        self._cost = cost or Cost()

    def draw(self, *, tokens: Tokens) -> Challenge:
        """Draw a list to be shown."""
        codes = tuple(crockford.draw(tokens, self._length) for _ in range(self._amount))
        state = msgspec.json.encode(_Drawn(salt=tokens.token(), codes=codes))
        return Challenge(state=state, page={"codes": " ".join(crockford.shown(code) for code in codes)})

    def keep(self, state: bytes) -> NewCredential:
        """Keep the list that was drawn, as hashes."""
        drawn = msgspec.json.decode(state, type=_Drawn)
        return self._kept(drawn.codes, drawn.salt)

    def written(self, credential: Credential) -> Written:
        """Return what was kept of the list."""
        return _list(credential)

    def hashed(self, credential: Credential, code: str) -> str:
        """Return the hash of a code under this list's salt."""
        kept = _list(credential)
        return slow_hash(code, kept.salt, kept.cost)

    @staticmethod
    def may_adopt(codes: Sequence[str]) -> bool:
        """Tell whether codes from elsewhere can be kept: of one length, each once, of the letters that we read."""
        read = [crockford.read(code) for code in codes]
        lengths = {len(code) for code in read}
        return len(lengths) <= 1 and lengths <= _ADOPTED and len(set(read)) == len(read)

    def adopt(self, codes: Sequence[str], *, tokens: Tokens) -> NewCredential:
        """Keep codes that somebody has from elsewhere, as hashes; they `may_adopt`."""
        return self._kept([crockford.read(code) for code in codes], tokens.token())

    def _kept(self, codes: Sequence[str], salt: str) -> NewCredential:
        hashes = tuple(slow_hash(code, salt, self._cost) for code in codes)
        kept = _List(salt=salt, cost=self._cost, length=len(codes[0]), code_hashes=hashes)
        return NewCredential(channel="", material=msgspec.json.encode(kept), code_hashes=hashes)


def _list(credential: Credential) -> _List:
    return msgspec.json.decode(credential.material, type=_List)
