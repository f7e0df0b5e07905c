"""Whether the claims of a token are good for this API now (RFC 9068 §4, RFC 7662 §2.2).

The rules it keeps: every claim has the type it should have, or the token is refused; times are finite numbers, never
texts; a token bound to a key (RFC 7800 §3.1 `cnf`) is refused as a bearer token, since nothing here proves the key
(RFC 9449 §7.2); `leeway` is for clocks and never above 60 s.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from idp.resource_server.errors import InvalidTokenError
from idp.resource_server.model import VerifiedToken

MOST_LEEWAY = timedelta(seconds=60)
_LATEST = 253402300799  # the last second of the year 9999


@dataclass(frozen=True, slots=True)
class Expected:
    """Whose tokens are taken, and for whom they must be meant."""

    issuer: str
    audience: str
    leeway: timedelta


def read_claims(claims: Mapping[str, Any], expected: Expected, *, now: datetime) -> VerifiedToken:
    """Return what a signed access token says, or raise InvalidTokenError (RFC 9068 §2.2, §4)."""
    if claims.get("iss") != expected.issuer:
        raise InvalidTokenError("the token is of another issuer")
    for name in ("jti", "client_id"):
        _text(claims, name, is_needed=True)
    _time(claims, "iat", is_needed=True)
    return _read(claims, expected, now=now)


def read_introspection(answer: Mapping[str, Any], expected: Expected, *, now: datetime) -> VerifiedToken:
    """Return what the provider says of an opaque token, or raise InvalidTokenError (RFC 7662 §2.2).

    Optional there and required here: `token_type`, as a refresh token is active too but has none, and `aud`, as a token
    for another API is active too.
    """
    if answer.get("active") is not True:
        raise InvalidTokenError("the token is not active")
    if answer.get("iss", expected.issuer) != expected.issuer:
        raise InvalidTokenError("the token is of another issuer")
    if _text(answer, "token_type", is_needed=True).lower() != "bearer":
        raise InvalidTokenError("the token is not a bearer token")
    return _read(answer, expected, now=now)


def _read(claims: Mapping[str, Any], expected: Expected, *, now: datetime) -> VerifiedToken:
    if expected.audience not in _texts(claims, "aud"):
        raise InvalidTokenError("the token is for another API")
    if "cnf" in claims:
        raise InvalidTokenError("the token is bound to a key and was shown as a bearer token")
    return VerifiedToken(
        sub=_text(claims, "sub", is_needed=True),
        client_id=_text(claims, "client_id"),
        scopes=frozenset(_text(claims, "scope").split()),
        exp=_check_times(claims, expected.leeway, now=now),
        acr=_text(claims, "acr"),
        amr=_texts(claims, "amr"),
        auth_time=_time(claims, "auth_time"),
        jti=_text(claims, "jti"),
        claims=MappingProxyType(dict(claims)),
    )


def _check_times(claims: Mapping[str, Any], leeway: timedelta, *, now: datetime) -> datetime:
    """Return when the token ends; refuse one that has ended, or that comes from the future (RFC 7519 §4.1)."""
    ends = _time(claims, "exp", is_needed=True)
    if ends is None or ends <= now - leeway:
        raise InvalidTokenError("the token has expired")
    for name in ("iat", "nbf", "auth_time"):
        moment = _time(claims, name)
        if moment is not None and moment > now + leeway:
            raise InvalidTokenError(f"{name} lies in the future")
    return ends


def _time(claims: Mapping[str, Any], name: str, *, is_needed: bool = False) -> datetime | None:
    """Return a NumericDate (RFC 7519 §2); a text, a boolean or a year beyond 9999 is refused."""
    if name not in claims and not is_needed:
        return None
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _LATEST:
        raise InvalidTokenError(f"{name} is missing or not a time")
    return datetime.fromtimestamp(value, UTC)


def _text(claims: Mapping[str, Any], name: str, *, is_needed: bool = False) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str) or (is_needed and not value):
        raise InvalidTokenError(f"{name} is missing or not a text")
    return value


def _texts(claims: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = claims.get(name, [])
    if isinstance(value, str) and name == "aud":  # RFC 7519 §4.1.3: one audience may be a plain text
        return (value,)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise InvalidTokenError(f"{name} is not a list of texts")
    return tuple(value)
