"""Tokens as texts (RFC 7519 §7.1, RFC 7515 §3.1): a header, claims, and one signature of ours.

joserfc reads and verifies. What we sign ourselves has a header of our own and a key that was chosen already, so it is
put together here: a signature then costs what the mathematics does (performance.md §1).
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from idp.records.keys.modules.base import Signer


def signed(key: Signer, claims: Mapping[str, Any], *, typ: str = "JWT") -> str:
    """Return the claims as a compact JWS. Raises BusyError while the key cannot be reached."""
    text = _header(key.alg, key.kid, typ) + b"." + _base64url(msgspec.json.encode(claims))
    return (text + b"." + _base64url(key.sign(text))).decode("ascii")


@lru_cache(maxsize=64)
def _header(alg: str, kid: str, typ: str) -> bytes:
    return _base64url(msgspec.json.encode({"alg": alg, "kid": kid, "typ": typ}))


def _base64url(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")
