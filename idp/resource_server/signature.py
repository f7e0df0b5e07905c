"""Takes a signed token apart and proves its signature (RFC 7515 §5.2), before anything in it is believed.

The rules it keeps: the size is bounded before anything is decoded; `alg` is one of a short list and decides nothing by
itself, the key does (RFC 8725 §3.1); `typ` must be that of an access token, so that an ID token, a logout token or a
client assertion never passes for one (§3.11); what `jwk`, `jku`, `x5u` and `x5c` say is never looked at; `crit` is
refused as a whole, since we understand no extension (RFC 7515 §4.1.11).
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from joserfc.jwk import Key
from joserfc.jws import JWSRegistry

from idp.resource_server.errors import InvalidTokenError
from idp.resource_server.json_text import parse_object
from idp.resource_server.jwks import ALGORITHMS

LONGEST_TOKEN = 16 * 1024
_LONGEST_HEADER = 2 * 1024
_LONGEST_SIGNATURE = 2 * 1024
_SEGMENT = re.compile(r"[A-Za-z0-9_-]+")
_TYPES = frozenset({"at+jwt", "application/at+jwt"})  # RFC 9068 §2.1
_MODELS = JWSRegistry(algorithms=ALGORITHMS)


@dataclass(frozen=True, slots=True)
class _Header:
    alg: str
    kid: str | None


def is_signed(token: str) -> bool:
    """Tell whether the token has the form of a signed JWT; anything else is opaque to us."""
    return token.count(".") == 2 and all(_SEGMENT.fullmatch(part) for part in token.split("."))


def open_signed(token: str, find: Callable[[str | None, str], Key]) -> dict[str, Any]:
    """Return the claims of a token whose signature holds; raise InvalidTokenError for every other token."""
    if len(token) > LONGEST_TOKEN or not is_signed(token):
        raise InvalidTokenError("the token is too long, or has not the form of a signed JWT")
    first, second, third = token.split(".")
    if len(first) > _LONGEST_HEADER or len(third) > _LONGEST_SIGNATURE:
        raise InvalidTokenError("a part of the token is too long")
    header = _read_header(_object(first))
    key = find(header.kid, header.alg)
    model = _MODELS.get_alg("Ed25519" if header.alg == "EdDSA" else header.alg)
    if not model.verify(f"{first}.{second}".encode("ascii"), _decode(third), key):
        raise InvalidTokenError("the signature does not hold")
    return _object(second)


def _read_header(header: dict[str, Any]) -> _Header:
    alg, kid, kind = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise InvalidTokenError("the algorithm is not allowed")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise InvalidTokenError("the token is not of the type of access tokens")
    if "crit" in header or "b64" in header:
        raise InvalidTokenError("the token asks for an extension")
    if kid is not None and not isinstance(kid, str):
        raise InvalidTokenError("the key id is not a text")
    return _Header(alg, kid)


def _object(segment: str) -> dict[str, Any]:
    try:
        return parse_object(_decode(segment))
    except ValueError as error:
        raise InvalidTokenError("a part of the token is not one JSON object") from error


def _decode(segment: str) -> bytes:
    try:
        return base64.b64decode(segment + "=" * (-len(segment) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise InvalidTokenError("a part of the token is not base64url") from error
