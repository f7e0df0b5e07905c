"""Backup codes (F7): a list on paper, each code good once.

Owns how codes are drawn, written and hashed. A code has 50 bits, which is less than a stored secret may have behind a
plain digest, so they are kept as argon2id hashes under one salt a list: one computation an attempt (NIST SP 800-63B-4
§4.2.1.1; OTP-22). Whoever stores the result spends a code by one conditional write. A new list voids the old one.
"""

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from argon2.low_level import Type, hash_secret_raw

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors import crockford
from idp.factors.base import Challenge, Cost, Credential, NewCredential, Person, Sending, Verified

_ADOPTED = frozenset(range(8, 33))
"""Lengths of codes that come from elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _List:
    """What is kept of one list: the cost is that of its own time."""

    salt: str = field(repr=False)
    cost: Cost
    length: int
    code_hashes: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    """A list that is shown and not yet kept."""

    salt: str = field(repr=False)
    codes: tuple[str, ...] = field(repr=False)


class BackupCode:
    """Something one has: the list."""

    name = "backup_code"
    input_name = "code"
    typed_name = ""
    is_slow = True
    sending: Sending | None = None
    is_proof = False
    """Whoever is shown a list has not shown that they have it."""

    def __init__(self, *, amount: int = 10, length: int = 10, cost: Cost | None = None) -> None:
        self._amount = amount
        self._length = length
        self._cost = cost or Cost()

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
        """Accept a code of the list; whether it has been spent, only spending it tells."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        kept = msgspec.json.decode(credential.material, type=_List)
        code = crockford.read(answer)
        if len(code) != kept.length:
            return Rejected(Reason.CODE_MALFORMED)
        code_hash = _hash(code, kept.salt, kept.cost)
        if not _holds(kept.code_hashes, code_hash):
            return Rejected(Reason.CODE_MISMATCH)
        return Verified(code_hash=code_hash)

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:  # noqa: ARG002 -- the interface of all factors
        """Draw a list to be shown; nothing of it counts yet."""
        codes = tuple(crockford.draw(tokens, self._length) for _ in range(self._amount))
        state = msgspec.json.encode(_Drawn(salt=tokens.token(), codes=codes))
        return Challenge(state=state, page={"codes": " ".join(crockford.shown(code) for code in codes)})

    def enroll_finish(
        self,
        person: Person,  # noqa: ARG002 -- the interface of all factors
        challenge: Challenge,
        answer: str,  # noqa: ARG002 -- there is nothing to prove: the list comes from us
        *,
        now: datetime,  # noqa: ARG002
    ) -> NewCredential | Rejected:
        """Keep the list that was shown, as hashes."""
        if not challenge.state:
            return Rejected(Reason.CODE_EXPIRED)
        drawn = msgspec.json.decode(challenge.state, type=_Drawn)
        return self._kept(drawn.codes, drawn.salt)

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
        hashes = tuple(_hash(code, salt, self._cost) for code in codes)
        kept = _List(salt=salt, cost=self._cost, length=len(codes[0]), code_hashes=hashes)
        return NewCredential(channel="", material=msgspec.json.encode(kept), code_hashes=hashes)


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


def _holds(hashes: Iterable[str], code_hash: str) -> bool:
    """Tell whether the hash is among these, looking at each."""
    return any([hmac.compare_digest(each, code_hash) for each in hashes])  # noqa: C419 - all of them, whichever fits
