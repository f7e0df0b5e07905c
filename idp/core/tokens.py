"""The only place that draws randomness, and the digest under which bearer values are stored.

Bearer values are 256 random bits, so a plain SHA-256 protects them at rest; slow hashes are for what people choose.
"""

import hashlib
import os
import secrets
import string
from typing import Protocol


class Tokens(Protocol):
    """Draws unguessable values."""

    def token(self) -> str:
        """Return 256 random bits as 43 URL-safe characters."""
        ...

    def digits(self, length: int) -> str:
        """Return `length` uniformly drawn decimal digits."""
        ...

    def new_id(self) -> str:
        """Return an identifier of 128 random bits: unique, and no credential."""
        ...


class SystemTokens:
    """The operating system's randomness."""

    def token(self) -> str:
        """Return 256 random bits as 43 URL-safe characters."""
        return secrets.token_urlsafe(32)

    def digits(self, length: int) -> str:
        """Return `length` uniformly drawn decimal digits."""
        return "".join(secrets.choice(string.digits) for _ in range(length))

    def new_id(self) -> str:
        """Return an identifier of 128 random bits: unique, and no credential."""
        return os.urandom(16).hex()


def digest(value: str) -> str:
    """Return the hex SHA-256 of a bearer value, the only form in which it is stored."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()
