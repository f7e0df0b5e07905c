"""Comparing a password with its argon2 hash (RFC 9106): what takes the time of a sign-in, and nothing else.

It stands alone, so that a process of its own can do it without loading the rest (`idp.login.comparing`).
"""

from argon2.exceptions import Argon2Error
from argon2.low_level import Type, verify_secret

_TYPES = {"$argon2id": Type.ID, "$argon2i$": Type.I, "$argon2d$": Type.D}
"""By how a hash begins; those made elsewhere may be of another kind than ours."""


def compare(stored: str, password: bytes) -> bool:
    """Tell whether this is the password of a hash; what is no hash has none."""
    try:
        return verify_secret(stored.encode("ascii"), password, _TYPES[stored[:9]])
    except (Argon2Error, ValueError, KeyError):
        return False
