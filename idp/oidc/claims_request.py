"""The `claims` request parameter (OIDC Core 1.0 §5.5).

Reads which claims are wanted singly, and the two that ask for more than data: `acr` with values (§5.5.1.1) and `sub`
with values (§5.5.1). Keeps the request as JSON for the grant. A claim we do not have is ignored; wrong types are
refused.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from idp.core.errors import RedirectError
from idp.oidc import strict_json
from idp.oidc.scopes import SCOPE_OF

_PLACES = ("id_token", "userinfo")
_MOST = 64
_PROTOCOL = ("acr", "amr", "auth_time", "evidence")
"""Claims about the authentication itself, which need no scope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimsRequest:
    """What was asked for singly."""

    id_token: tuple[str, ...] = ()
    userinfo: tuple[str, ...] = ()
    essential_acr: tuple[tuple[str, ...], ...] = ()
    """One list for each member that asks: all of them must be met."""
    requested_acr: tuple[str, ...] = ()
    subjects: tuple[tuple[str, ...], ...] = ()
    text: str = field(default="{}", repr=False)

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that the wanted claims belong to: what a person is asked to allow."""
        names = (*self.id_token, *self.userinfo)
        return tuple(dict.fromkeys(SCOPE_OF[name] for name in names if name in SCOPE_OF))


def parse(text: str | None, registered: Iterable[str]) -> ClaimsRequest:
    """Read the parameter for a client registered for these scopes; raise RedirectError where it is malformed."""
    if text is None:
        return ClaimsRequest()
    try:
        members = strict_json.parse(text)
    except strict_json.MalformedError as error:
        raise _malformed() from error
    if not isinstance(members, dict):
        raise _malformed()
    wanted = {place: _requests(members.get(place)) for place in _PLACES}
    return _request(wanted, frozenset(registered))


@lru_cache(maxsize=256)
def released(text: str, place: str) -> frozenset[str]:
    """Return the claims that a stored request wants in `id_token` or `userinfo`; most applications ask for the same."""
    return frozenset(json.loads(text).get(place, {}))


def available() -> tuple[str, ...]:
    """Return the claims that may be asked for singly."""
    return tuple(dict.fromkeys((*_PROTOCOL, *SCOPE_OF)))


def _request(wanted: Mapping[str, Mapping[str, Any]], registered: frozenset[str]) -> ClaimsRequest:
    kept = {
        place: {name: asked for name, asked in requests.items() if _is_allowed(name, registered)}
        for place, requests in wanted.items()
    }
    acr = [requests["acr"] for requests in wanted.values() if requests.get("acr")]
    requested = [value for asked in acr if not asked.get("essential") for value in _values(asked)]
    return ClaimsRequest(
        id_token=tuple(kept["id_token"]),
        userinfo=tuple(kept["userinfo"]),
        essential_acr=tuple(_values(asked) for asked in acr if asked.get("essential") and _values(asked)),
        requested_acr=tuple(dict.fromkeys(requested)),
        subjects=tuple(_values(requests["sub"]) for requests in wanted.values() if _values(requests.get("sub"))),
        text=json.dumps({place: requests for place, requests in kept.items() if requests}, separators=(",", ":")),
    )


def _is_allowed(name: str, registered: frozenset[str]) -> bool:
    return name in _PROTOCOL or SCOPE_OF.get(name) in registered


def _requests(member: Any) -> Mapping[str, Any]:
    """Check one member: an object whose members are null or objects (OIDC Core 1.0 §5.5.1)."""
    if member is None:
        return {}
    if not isinstance(member, dict) or len(member) > _MOST:
        raise _malformed()
    for name, asked in member.items():
        if asked is not None and not isinstance(asked, dict):
            raise _malformed()
        if not isinstance((asked or {}).get("essential", False), bool):
            raise _malformed()
        if name in ("acr", "sub"):
            _values(asked)
    return member


def _values(asked: Mapping[str, Any] | None) -> tuple[str, ...]:
    """Return the values a claim must have one of; `value` is a list of one (policy.md §3.3)."""
    if asked is None:
        return ()
    values = asked.get("values", [])
    if not isinstance(values, list):
        raise _malformed()
    if "value" in asked:
        values = [asked["value"], *values]
    if len(values) > _MOST or not all(isinstance(value, str) and value for value in values):
        raise _malformed()
    return tuple(dict.fromkeys(values))


def _malformed() -> RedirectError:
    return RedirectError("invalid_request", "The claims parameter is malformed.")
