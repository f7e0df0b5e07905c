"""The provider's public keys, kept here (RFC 7517): only those that may verify an access token.

The rules it keeps: a key serves the one algorithm that its type allows, so that no public key is ever used as a secret
(RFC 8725 §3.1); symmetric, small, private and broken keys are passed over and do not spoil the others; an unknown `kid`
asks the provider once in a while, never once a token.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import Key, import_key

from idp.core.clock import Clock
from idp.resource_server.cache import Keeping, Kept
from idp.resource_server.errors import InvalidTokenError, ProviderUnavailableError
from idp.resource_server.fetch import Fetcher
from idp.resource_server.json_text import parse_object

ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA", "Ed25519"})
"""`Ed25519` is the name that RFC 9864 gives to what most providers still call `EdDSA`."""
_LEAST_RSA_BITS = 2048  # RFC 7518 §3.3
_GREATEST_RSA_BITS = 8192
_MOST_KEYS = 50
_KEEPING = Keeping(most=timedelta(hours=1))
"""An hour at most, so that a key that was taken back is soon forgotten."""


@dataclass(frozen=True, slots=True)
class VerificationKey:
    """One key, and the algorithms it may verify."""

    kid: str
    algorithms: frozenset[str]
    key: Key


KeySet = tuple[VerificationKey, ...]


class Keys:
    """Finds the key for a token."""

    def __init__(self, address: Callable[[], str], *, fetcher: Fetcher, clock: Clock) -> None:
        def load() -> tuple[KeySet, timedelta]:
            answer = fetcher.fetch(address())
            if answer.status != 200:
                raise ProviderUnavailableError("the key set is not answered with 200")
            return parse_keys(answer.body), _KEEPING.lifetime(answer.headers)

        self._kept = Kept(load, clock=clock, keeping=_KEEPING)

    def find(self, kid: str | None, alg: str) -> Key:
        """Return the key that `kid` names for `alg`; without a `kid`, the only one there is (RFC 7515 §4.1.4)."""
        found = _choose(self._kept.get(), kid=kid, alg=alg)
        if found is None:
            found = _choose(self._kept.renew(), kid=kid, alg=alg)
        if found is None:
            raise InvalidTokenError("no key of the provider fits the token")
        return found


def _choose(keys: KeySet, *, kid: str | None, alg: str) -> Key | None:
    fitting = [known.key for known in keys if alg in known.algorithms and kid in {None, known.kid}]
    return fitting[0] if len(fitting) == 1 else None


def parse_keys(body: bytes) -> KeySet:
    """Return the usable keys of a JWK Set; raise ProviderUnavailableError when it is none."""
    try:
        members = parse_object(body).get("keys")
    except ValueError as error:
        raise ProviderUnavailableError("the key set is not a JSON object") from error
    if not isinstance(members, list):
        raise ProviderUnavailableError("the key set has no keys")
    return tuple(_usable(members[:_MOST_KEYS]))


def _usable(members: list[Any]) -> Iterator[VerificationKey]:
    for member in members:
        if isinstance(member, dict) and _may_verify(member):
            algorithms = _algorithms(member)
            key = _import(member) if algorithms else None
            if key is not None:
                yield VerificationKey(str(member.get("kid", "")), algorithms, key)


def _may_verify(member: Mapping[str, Any]) -> bool:
    """Tell whether the key is public and meant for signatures (RFC 7517 §4.2, §4.3)."""
    operations = member.get("key_ops", ["verify"])
    is_meant = member.get("use", "sig") == "sig" and isinstance(operations, list) and "verify" in operations
    return is_meant and "d" not in member


def _algorithms(member: Mapping[str, Any]) -> frozenset[str]:
    """Return what the key's type allows, narrowed by its own `alg` where it has one (RFC 7517 §4.4)."""
    match member.get("kty"), member.get("crv"):
        case "RSA", _:
            fitting = {"RS256", "PS256"}
        case "EC", "P-256":
            fitting = {"ES256"}
        case "OKP", "Ed25519":
            fitting = {"EdDSA", "Ed25519"}
        case _:
            fitting = set()
    named = member.get("alg")
    if named is None or (named in ("EdDSA", "Ed25519") and "EdDSA" in fitting):  # two names of one thing
        return frozenset(fitting)
    return frozenset(value for value in fitting if value == named)


def _import(member: Mapping[str, Any]) -> Key | None:
    """Return the key, or None when its numbers are no key, or too weak or too costly a one."""
    try:
        if member["kty"] == "RSA" and not _LEAST_RSA_BITS <= _bits(member["n"]) <= _GREATEST_RSA_BITS:
            return None
        return import_key(dict(member))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None


def _bits(modulus: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(modulus + "==")).bit_length()
