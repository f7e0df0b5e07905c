"""The password (F1): argon2id, NFC, 8 to 128 characters, never truncated.

Owns how passwords are hashed and compared; those of people who were imported (`foreign_hashes`) are hashed anew at the
first sign-in. It knows no person: for somebody who does not exist it does the same work
and refuses, so that neither text nor time tells who does. Which passwords may be chosen is `password_rules`' to say.
"""

import unicodedata
from collections.abc import Callable
from datetime import datetime

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors import foreign_hashes
from idp.factors.base import Challenge, Cost, Credential, NewCredential, Person, Sending, Verified
from idp.factors.comparison import compare

MIN_LENGTH = 8
MAX_LENGTH = 128
"""Characters, after NFC."""
LONGEST_TYPED = 1024
"""Characters that are looked at: NFC sorts accents, and 30,000 of them held up a whole process for two seconds. Nothing
longer becomes a password that could be chosen, as a composed character is of four at most."""

_ARGON2 = "$argon2"
_MOST_MEMORY_KIB, _MOST_PASSES, _MOST_LANES = 262_144, 32, 16
"""Of a hash made elsewhere: one that costs more would hold up everybody who signs in."""
_MISMATCH = Rejected(Reason.PASSWORD_MISMATCH)
_NOBODY = "a password that nobody has; comparing with it costs what a real comparison costs"


Compares = Callable[[str, bytes], bool]
"""Tells whether this is the password of an argon2 hash; takes as long as it takes to hash it."""


class Password:
    """Something one knows, checked against its argon2id hash (RFC 9106)."""

    name = "password"
    input_name = "password"
    is_slow = True
    sending: Sending | None = None

    def __init__(
        self, *, memory_kib: int = 19_456, passes: int = 2, lanes: int = 1, compares: Compares = compare
    ) -> None:
        """`compares` is where passwords are compared: here, where nobody says otherwise."""
        self._compares = compares
        self.cost = Cost(memory_kib=memory_kib, passes=passes, lanes=lanes)
        self._hasher = PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=lanes, hash_len=32, salt_len=16, type=Type.ID
        )
        self._dummy = self._hasher.hash(_NOBODY)

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Ask for the password; there is nothing to prepare."""
        return Challenge()

    def verify(
        self,
        credential: Credential | None,
        challenge: Challenge,  # noqa: ARG002 -- the interface of all factors
        answer: str,
        *,
        now: datetime,  # noqa: ARG002
    ) -> Verified | Rejected:
        """Compare; hash anew when the parameters have changed since. Without a credential: the same work, refused."""
        password = _bytes(answer[:LONGEST_TYPED])
        is_whole = len(answer) <= LONGEST_TYPED
        stored = credential.material.decode("ascii", "ignore") if credential else self._dummy
        if not self._matches(stored, password) or credential is None or not is_whole:
            return _MISMATCH
        if not stored.startswith(_ARGON2) or self._hasher.check_needs_rehash(stored):
            return Verified(material=self._hasher.hash(password).encode("ascii"))
        return Verified()

    def enrol(self, password: str) -> NewCredential:
        """Return what to keep of a new password; the whole of it counts. Whether it may be one is `PasswordRules`'."""
        return NewCredential(channel="person", material=self._hasher.hash(_bytes(password)).encode("ascii"))

    @staticmethod
    def check_stored(stored: str) -> None:
        """Check that a hash made elsewhere can be compared here; raise ValueError saying why it cannot be."""
        if not stored.startswith(_ARGON2):
            foreign_hashes.read(stored)
            return
        try:
            cost = extract_parameters(stored)
        except InvalidHashError:
            raise ValueError("is no argon2 hash") from None
        if cost.memory_cost > _MOST_MEMORY_KIB or cost.time_cost > _MOST_PASSES or cost.parallelism > _MOST_LANES:
            raise ValueError(f"asks for more than {_MOST_MEMORY_KIB} KiB, {_MOST_PASSES} passes or {_MOST_LANES} lanes")

    def _matches(self, stored: str, password: bytes) -> bool:
        try:
            if not stored.startswith(_ARGON2):
                return foreign_hashes.read(stored).matches(password)
            self.check_stored(stored)
        except ValueError:
            return False
        return self._compares(stored, password)


def _bytes(password: str) -> bytes:
    """Return what is hashed: NFC in UTF-8, so that one password typed on two keyboards is one (NIST SP 800-63B-4)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
