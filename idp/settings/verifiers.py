"""What `IDP_VERIFIERS` may hold: external verifiers, as a JSON list.

A mistake is a ValueError whose text says what would be right, in words that follow the setting's name.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from idp.core.assurance import SHIPPED_TRAITS, Kind
from idp.factors.external import Verifier
from idp.factors.own import REGISTERED
from idp.records.clients.uris import is_loopback

_NAME = re.compile(r"[a-z][a-z0-9_]{1,31}", re.ASCII)
_SHIPPED = frozenset(row.name for row in SHIPPED_TRAITS)
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "k"})


class _Declared(msgspec.Struct, forbid_unknown_fields=True):
    """One verifier as it is written."""

    name: str
    url: str
    jwks: dict[str, list[dict[str, Any]]]
    names: dict[str, str]
    issuer: str = ""
    kind: Kind | None = None
    amr: list[str] = []
    acr: str = ""
    lasts: int = 300
    """Seconds."""


def verifiers(text: str) -> tuple[Verifier, ...]:
    """Accept a list of verifiers, or nothing."""
    try:
        declared = msgspec.json.decode(text or "[]", type=list[_Declared])
    except msgspec.DecodeError as error:
        raise ValueError(f"must be a JSON list of verifiers (README, External verifiers): {error}") from error
    names = [each.name for each in declared]
    if len(set(names)) < len(names):
        raise ValueError("names a verifier twice")
    return tuple(_verifier(each) for each in declared)


def _verifier(declared: _Declared) -> Verifier:
    where = f"verifier {declared.name!r}"
    if not _NAME.fullmatch(declared.name) or declared.name in _SHIPPED:
        raise ValueError(f"{where}: the name must be a word such as badge_desk, and none that a factor has already")
    if not declared.names.get("en"):
        raise ValueError(f"{where}: names must have an English one, such as {{'en': 'Badge desk'}}")
    if set(declared.amr) - REGISTERED:
        raise ValueError(f"{where}: amr must be of the values that RFC 8176 registers for a single factor")
    if not 30 <= declared.lasts <= 900:
        raise ValueError(f"{where}: lasts must be from 30 to 900 seconds")
    origin = _origin(declared.url, where)
    return Verifier(
        name=declared.name,
        url=declared.url,
        issuer=declared.issuer or origin,
        keys=_keys(declared.jwks, where),
        names=declared.names,
        kind=declared.kind,
        amr=tuple(declared.amr),
        acr=declared.acr,
        lasts=timedelta(seconds=declared.lasts),
    )


def _origin(url: str, where: str) -> str:
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not is_safe or not parts.hostname or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{where}: url must be such as https://verify.example.com/start; http on loopback alone")
    return f"{parts.scheme}://{parts.netloc}"


def _keys(jwks: Mapping[str, list[dict[str, Any]]], where: str) -> KeySet:
    """Return the keys: public halves, each with a `kid` of its own."""
    what = f'{where}: jwks must be such as {{"keys": [{{"kty": "EC", "kid": …}}]}}: public keys, EC or RSA, each named'
    keys = jwks.get("keys", [])
    if not keys or any(not each.get("kid") or _PRIVATE & set(each) for each in keys):
        raise ValueError(what)
    try:
        found = KeySet.import_key_set({"keys": keys})
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ValueError(what) from error
    if not all(isinstance(each, ECKey | RSAKey) for each in found):
        raise ValueError(what)
    return found
