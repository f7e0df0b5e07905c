"""Hashes made elsewhere: every kind that is known, as its own library writes it."""

import base64
import hashlib

import bcrypt
import pytest
from argon2 import PasswordHasher, Type

from idp.core.errors import Rejected
from idp.factors import foreign_hashes
from idp.factors.base import Challenge, Verified
from idp.factors.password import Password
from tests.support.builders import CHEAP, NOW, a_password, a_user

PASSWORD = "correct horse battery stäple"
RAW = PASSWORD.encode()
SALT = b"seventeen of salt"


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def ab64(raw: bytes) -> str:
    """As passlib writes it."""
    return b64(raw).rstrip("=").replace("+", ".")


def pbkdf2(digest: str, salt: bytes = SALT, length: int | None = None) -> bytes:
    return hashlib.pbkdf2_hmac(digest, RAW, salt, 2, length)


def scrypt(salt: bytes = SALT) -> bytes:
    return hashlib.scrypt(RAW, salt=salt, n=16, r=8, p=1, dklen=64)


LONG = PASSWORD * 5
STORED = {
    "argon2i": PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=Type.I).hash(RAW),
    "bcrypt": bcrypt.hashpw(RAW, bcrypt.gensalt(4)).decode(),
    "bcrypt 2a": bcrypt.hashpw(RAW, bcrypt.gensalt(4, prefix=b"2a")).decode(),
    "bcrypt 2y": bcrypt.hashpw(RAW, bcrypt.gensalt(4)).decode().replace("$2b$", "$2y$"),
    "bcrypt of Django": "bcrypt$" + bcrypt.hashpw(RAW, bcrypt.gensalt(4)).decode(),
    "bcrypt_sha256 of Django": "bcrypt_sha256$"
    + bcrypt.hashpw(hashlib.sha256(RAW).hexdigest().encode(), bcrypt.gensalt(4)).decode(),
    "pbkdf2 of passlib": f"$pbkdf2$2${ab64(SALT)}${ab64(pbkdf2('sha1'))}",
    "pbkdf2-sha512 of passlib": f"$pbkdf2-sha512$2${ab64(SALT)}${ab64(pbkdf2('sha512'))}",
    "pbkdf2 PHC": f"$pbkdf2-sha256$i=2,l=20${b64(SALT).rstrip('=')}${b64(pbkdf2('sha256', length=20)).rstrip('=')}",
    "pbkdf2 of Django": f"pbkdf2_sha256$2${SALT.decode()}${b64(pbkdf2('sha256'))}",
    "pbkdf2 of Werkzeug": f"pbkdf2:sha256:2${SALT.decode()}${pbkdf2('sha256').hex()}",
    "scrypt of passlib": f"$scrypt$ln=4,r=8,p=1${ab64(SALT)}${ab64(scrypt())}",
    "scrypt of Django": f"scrypt$16${SALT.decode()}$8$1${b64(scrypt())}",
    "scrypt of Werkzeug": f"scrypt:16:8:1${SALT.decode()}${scrypt().hex()}",
}


def verified(stored: str, answer: str) -> Verified | Rejected:
    credential = a_password(a_user(), "whatever it was")
    return CHEAP.verify(
        type(credential)(**{**fields(credential), "material": stored.encode()}), Challenge(), answer, now=NOW
    )


def fields(credential: object) -> dict[str, object]:
    return {name: getattr(credential, name) for name in credential.__slots__}  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", STORED)
def test_foreign_hash_signs_in_and_becomes_ours(kind: str) -> None:
    """The right password is accepted and hashed anew as argon2id; any other is refused."""
    Password.check_stored(STORED[kind])
    result = verified(STORED[kind], PASSWORD)
    assert isinstance(result, Verified)
    assert result.material is not None
    assert result.material.startswith(b"$argon2id$v=19$m=8,")
    assert verified(result.material.decode(), PASSWORD) == Verified()
    for wrong in ("", PASSWORD[:-1], PASSWORD + " ", "nul\x00"):
        assert isinstance(verified(STORED[kind], wrong), Rejected)


def test_bcrypt_looks_at_72_bytes_and_ours_at_all() -> None:
    """A long password signs in as it did there; from then on all of it counts."""
    stored = bcrypt.hashpw(LONG.encode()[:72], bcrypt.gensalt(4)).decode()
    result = verified(stored, LONG)
    assert isinstance(result, Verified)
    assert result.material is not None
    assert isinstance(verified(result.material.decode(), LONG[:-1]), Rejected)


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ("", "of no kind"),
        ("5f4dcc3b5aa765d61d8327deb882cf99", "of no kind"),
        ("$1$salt$hash", "of no kind"),
        ("é" * 20, "is no password hash"),
        ("x" * 600, "is no password hash"),
        ("$argon2id$nonsense", "is no argon2 hash"),
        ("$argon2id$v=19$m=9999999,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA", "asks for more"),
        ("$2b$31$" + "a" * 53, "cost outside"),
        ("$2b$03$" + "a" * 53, "cost outside"),
        (f"$pbkdf2-md5$2$c2FsdA${ab64(b'x' * 20)}", "digest that is not known"),
        (f"$pbkdf2-sha256$99999999$c2FsdA${ab64(b'x' * 20)}", "iterations outside"),
        (f"$pbkdf2-sha256$0$c2FsdA${ab64(b'x' * 20)}", "iterations outside"),
        ("$pbkdf2-sha256$2$c2FsdA$c2hvcnQ", "cut short"),
        (f"$pbkdf2-sha256$2$c2FsdHN${ab64(b'x' * 20)}=x", "is no base64"),
        (f"pbkdf2_sha1$500000$salt${b64(b'x' * 300)}", "iterations outside 1 to 333333"),
        (f"$scrypt$ln=17,r=8,p=5$c2FsdA${ab64(b'x' * 20)}", "parallelism outside 1 to 4"),
        (f"$scrypt$ln=24,r=8,p=1$c2FsdA${ab64(b'x' * 20)}", "memory outside"),
        (f"$scrypt$ln=60,r=8,p=1$c2FsdA${ab64(b'x' * 20)}", "cost outside"),
        (f"$scrypt$ln=4,r=8,p=99$c2FsdA${ab64(b'x' * 20)}", "parallelism outside"),
        (f"scrypt$15$salt$8$1${b64(b'x' * 20)}", "does not allow"),
    ],
)
def test_foreign_hash_is_refused_when_read(stored: str, why: str) -> None:
    """What is not known, cut short, or would hold everybody up; nothing of it signs anybody in."""
    with pytest.raises(ValueError, match=why):
        Password.check_stored(stored)
    assert isinstance(verified(stored.encode("ascii", "ignore").decode(), PASSWORD), Rejected)


def test_foreign_hash_does_not_print_itself() -> None:
    """Neither salt nor hash stands in a log."""
    for kind in ("bcrypt", "pbkdf2 of Django", "scrypt of Django"):
        shown = repr(foreign_hashes.read(STORED[kind]))
        assert SALT.decode() not in shown
        assert "$2b$" not in shown
