"""Password hashes that were made elsewhere: read, bounded and compared, so that people who are imported can sign in.

bcrypt (also Django's), scrypt and PBKDF2 as PHC strings, as passlib, Django and Werkzeug write them. The first sign-in
puts an argon2id hash of ours in their place. A hash that would take too much time or memory to compare is refused when
it is read: it would hold up everybody who signs in.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import bcrypt

_MOST_BCRYPT = 14
"""As a power of two: a second and a half."""
_MOST_ITERATIONS = 5_000_000
"""Of PBKDF2, over all blocks that the derived key is made of (RFC 8018 §5.2): five seconds."""
_MOST_MEMORY = 128 * 1024 * 1024
"""Bytes that scrypt may take (RFC 7914 §2: 128·N·r)."""
_MOST_MIXED = 4 * _MOST_MEMORY
"""Bytes that it may fill over all its lanes, as they take their turns: three seconds."""
_MOST_LANES = 16
_BCRYPT_BYTES = 72
"""bcrypt has always looked at no more, and its newest releases refuse more."""
_DIGESTS = frozenset({"sha1", "sha256", "sha512"})
_LONGEST = 512
"""Characters of a stored hash."""


class Hash(Protocol):
    """One stored hash."""

    def matches(self, password: bytes) -> bool:
        """Tell whether it is this password's. Raises ValueError where it turns out to be none."""
        ...


@dataclass(frozen=True, slots=True)
class _Bcrypt:
    stored: bytes = field(repr=False)
    is_digested: bool = False
    """Django's `bcrypt_sha256`: the hex digest of the password is what was hashed."""

    def matches(self, password: bytes) -> bool:
        given = hashlib.sha256(password).hexdigest().encode() if self.is_digested else password[:_BCRYPT_BYTES]
        return bcrypt.checkpw(given, self.stored)


@dataclass(frozen=True, slots=True)
class _Pbkdf2:
    digest: str
    iterations: int
    salt: bytes = field(repr=False)
    expected: bytes = field(repr=False)

    def matches(self, password: bytes) -> bool:
        made = hashlib.pbkdf2_hmac(self.digest, password, self.salt, self.iterations, len(self.expected))
        return hmac.compare_digest(made, self.expected)


@dataclass(frozen=True, slots=True)
class _Scrypt:
    n: int
    r: int
    p: int
    salt: bytes = field(repr=False)
    expected: bytes = field(repr=False)

    def matches(self, password: bytes) -> bool:
        made = hashlib.scrypt(
            password,
            salt=self.salt,
            n=self.n,
            r=self.r,
            p=self.p,
            maxmem=2 * _MOST_MEMORY,
            dklen=len(self.expected),
        )
        return hmac.compare_digest(made, self.expected)


def read(stored: str) -> Hash:
    """Return a stored hash that can be compared; raise ValueError saying why it cannot be."""
    if len(stored) > _LONGEST or not stored.isascii():
        raise ValueError("is no password hash")
    for pattern, make in _FORMATS.items():
        found = re.fullmatch(pattern, stored)
        if found is not None:
            return make(found.groupdict())
    raise ValueError("is of no kind that is known: argon2, bcrypt, scrypt or PBKDF2")


def _bcrypt(parts: Mapping[str, str]) -> Hash:
    _at_most("cost", int(parts["cost"]), _MOST_BCRYPT, least=4)
    return _Bcrypt(parts["stored"].encode(), is_digested=bool(parts["digested"]))


def _pbkdf2(digest: str, iterations: str, salt: bytes, expected: bytes) -> Hash:
    if digest not in _DIGESTS:
        raise ValueError(f"uses a digest that is not known: {digest}")
    blocks = -(-len(_long_enough(expected)) // hashlib.new(digest).digest_size)
    _at_most("number of iterations", int(iterations), _MOST_ITERATIONS // blocks)
    return _Pbkdf2(digest, int(iterations), salt, expected)


def _pbkdf2_phc(parts: Mapping[str, str]) -> Hash:
    return _pbkdf2(parts["digest"] or "sha1", parts["n"], _decoded(parts["salt"]), _decoded(parts["hash"]))


def _pbkdf2_django(parts: Mapping[str, str]) -> Hash:
    return _pbkdf2(parts["digest"], parts["n"], parts["salt"].encode(), _decoded(parts["hash"]))


def _pbkdf2_werkzeug(parts: Mapping[str, str]) -> Hash:
    return _pbkdf2(parts["digest"], parts["n"], parts["salt"].encode(), bytes.fromhex(parts["hash"]))


def _scrypt(n: int, parts: Mapping[str, str], salt: bytes, expected: bytes) -> Hash:
    r, p = int(parts["r"]), int(parts["p"])
    if n < 2 or n & (n - 1) or r < 1 or p < 1:
        raise ValueError("has parameters that scrypt does not allow")
    _at_most("memory", 128 * n * r, _MOST_MEMORY)
    _at_most("parallelism", p, min(_MOST_LANES, _MOST_MIXED // (128 * n * r)))
    return _Scrypt(n, r, p, salt, _long_enough(expected))


def _scrypt_phc(parts: Mapping[str, str]) -> Hash:
    _at_most("cost", int(parts["ln"]), 24)
    return _scrypt(2 ** int(parts["ln"]), parts, _decoded(parts["salt"]), _decoded(parts["hash"]))


def _scrypt_django(parts: Mapping[str, str]) -> Hash:
    return _scrypt(int(parts["n"]), parts, parts["salt"].encode(), _decoded(parts["hash"]))


def _scrypt_werkzeug(parts: Mapping[str, str]) -> Hash:
    return _scrypt(int(parts["n"]), parts, parts["salt"].encode(), bytes.fromhex(parts["hash"]))


def _at_most(what: str, value: int, most: int, *, least: int = 1) -> None:
    if not least <= value <= most:
        raise ValueError(f"has a {what} outside {least} to {most}")


def _long_enough(expected: bytes) -> bytes:
    """Return the derived key: a short one would be matched by chance."""
    if len(expected) < 16:
        raise ValueError("is cut short")
    return expected


def _decoded(text: str) -> bytes:
    """Return base64 of whatever dialect: padded or not, with `.` for `+` as passlib writes it, or of the URL kind."""
    plain = text.replace(".", "+").replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        raise ValueError("is no base64") from None


_BASE64 = r"[A-Za-z0-9+/._=-]+"
_HEX = r"(?:[0-9a-fA-F]{2})+"
_NUMBER = r"[0-9]{1,9}"
_SALT_AND_HASH = rf"\$(?P<salt>{_BASE64})\$(?P<hash>{_BASE64})"
_TEXT_AND_HEX = rf"\$(?P<salt>[^$]+)\$(?P<hash>{_HEX})"
_N, _R, _P = rf"(?P<n>{_NUMBER})", rf"(?P<r>{_NUMBER})", rf"(?P<p>{_NUMBER})"
_FORMATS: Mapping[str, Callable[[Mapping[str, str]], Hash]] = {
    r"(?P<digested>bcrypt_sha256\$)?(?:bcrypt\$)?(?P<stored>\$2[aby]\$(?P<cost>[0-9]{2})\$[./A-Za-z0-9]{53})": _bcrypt,
    rf"\$pbkdf2(?:-(?P<digest>\w+))?\$(?:i=)?{_N}(?:,l=[0-9]+)?{_SALT_AND_HASH}": _pbkdf2_phc,
    rf"pbkdf2_(?P<digest>\w+)\${_N}\$(?P<salt>[^$]+)\$(?P<hash>{_BASE64})": _pbkdf2_django,
    rf"pbkdf2:(?P<digest>\w+):{_N}{_TEXT_AND_HEX}": _pbkdf2_werkzeug,
    rf"\$scrypt\$(?:ln|n)=(?P<ln>[0-9]{{1,2}}),r={_R},p={_P}{_SALT_AND_HASH}": _scrypt_phc,
    rf"scrypt\${_N}\$(?P<salt>[^$]+)\${_R}\${_P}\$(?P<hash>{_BASE64})": _scrypt_django,
    rf"scrypt:{_N}:{_R}:{_P}{_TEXT_AND_HEX}": _scrypt_werkzeug,
}
