"""Sealing and signing under the operator's keys (`IDP_SECRET_KEYS`), newest first.

Owns AES-256-GCM sealing with the key's id in front, so that keys rotate without a flag day, and MACs for CSRF tokens.
Each use names a `context` (table, row, field): a sealed value copied to another row does not open.
"""

import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
KEY_ID_BYTES = 4
"""How much of a sealed value says which key sealed it."""


class UnsealError(Exception):
    """The value was not sealed by any present key, or not for this context."""


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret text that does not print itself."""

    value: str

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class _Key:
    id: bytes
    cipher: AESGCM = field(repr=False)
    mac: bytes = field(repr=False)


class SecretKeys:
    """Seals, opens and signs with a ring of keys; the first is used, all are accepted."""

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise ValueError("at least one secret key is needed")
        self._ring = tuple(_derive(key) for key in keys)

    def seal(self, plain: bytes, *, context: str) -> bytes:
        """Return `plain` sealed under the newest key, bound to `context`."""
        key = self._ring[0]
        nonce = os.urandom(_NONCE_BYTES)
        return key.id + nonce + key.cipher.encrypt(nonce, plain, context.encode())

    def open(self, sealed: bytes, *, context: str) -> bytes:
        """Return what was sealed; raise UnsealError when no key opens it for this context."""
        key_id, nonce = sealed[:KEY_ID_BYTES], sealed[KEY_ID_BYTES : KEY_ID_BYTES + _NONCE_BYTES]
        for key in self._ring:
            if key.id == key_id:
                try:
                    return key.cipher.decrypt(nonce, sealed[KEY_ID_BYTES + _NONCE_BYTES :], context.encode())
                except (InvalidTag, ValueError) as error:
                    raise UnsealError(context) from error
        raise UnsealError(context)

    @property
    def newest_id(self) -> bytes:
        """Return what begins every value that is sealed now."""
        return self._ring[0].id

    @property
    def older_ids(self) -> frozenset[bytes]:
        """Return what begins the values that were sealed under the other keys of the ring."""
        return frozenset(key.id for key in self._ring[1:])

    def renewed(self, sealed: bytes, *, context: str) -> bytes:
        """Return a value sealed under the newest key; raise UnsealError when no key opens it for this context."""
        return self.seal(self.open(sealed, context=context), context=context)

    def sign(self, message: str, *, context: str) -> str:
        """Return the hex MAC of `message` for `context` under the newest key."""
        return _mac(self._ring[0], message, context)

    def is_newest(self, signature: str, message: str, *, context: str) -> bool:
        """Tell whether the newest key signed `message` for `context`."""
        given = signature.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(given, _mac(self._ring[0], message, context).encode())

    def verifies(self, signature: str, message: str, *, context: str) -> bool:
        """Tell whether any present key signed `message` for `context`; constant in time for each key."""
        given = signature.encode("utf-8", "surrogatepass")
        return any(hmac.compare_digest(given, _mac(key, message, context).encode()) for key in self._ring)


def _derive(key: str) -> _Key:
    raw = key.encode()
    return _Key(
        id=hashlib.sha256(b"idp key id" + raw).digest()[:KEY_ID_BYTES],
        cipher=AESGCM(_expand(raw, b"idp seal")),
        mac=_expand(raw, b"idp mac"),
    )


def _expand(raw: bytes, label: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=label).derive(raw)


def _mac(key: _Key, message: str, context: str) -> str:
    # The length prefix keeps (context, message) pairs apart: no two pairs give the same input.
    text = f"{len(context)}:{context}:{message}".encode("utf-8", "surrogatepass")
    return hmac.new(key.mac, text, hashlib.sha256).hexdigest()
