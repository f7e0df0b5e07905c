"""What an API speaks of: the token it was shown, what it requires, and how it refuses.

Frozen values only; nothing here decides. The rule it keeps: whatever is written into a header was checked when the
value was made, so that no quoting is ever needed (RFC 6749 §3.3, RFC 9110 §5.5).
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

LEAST_MAX_AGE = 60
"""Seconds. Less, and the way back from the provider, or two clocks, make an endless loop of step-ups."""
GREATEST_MAX_AGE = 10**9
_PLAIN = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]{1,255}")  # RFC 6749 §3.3, scope-token


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """An access token that is good for this API now (RFC 9068 §2.2, RFC 7662 §2.2).

    `auth_time` is when the person last proved anything new; None, `acr` '' and `amr` () where no person signed in, as
    in the client credentials grant, where `sub` is the client itself (RFC 9068 §5).
    """

    sub: str
    client_id: str
    scopes: frozenset[str]
    exp: datetime
    acr: str = ""
    amr: tuple[str, ...] = ()
    auth_time: datetime | None = None
    jti: str = ""
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)
    """Everything the token says, `authorization_details` among it; kept out of logs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What one endpoint requires: any one of `acr_values`, a proof no older than `max_age` seconds, all of `scopes`.

    `max_age` is at least 60: a smaller one, and 0 in particular, is a ValueError, as a token that has just made its way
    from the provider would be refused again. A proof for every single call is `authorization_details`, not `max_age`.
    """

    acr_values: Sequence[str] = ()
    max_age: int | None = None
    scopes: Sequence[str] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "acr_values", _plain_values("acr_values", self.acr_values))
        object.__setattr__(self, "scopes", _plain_values("scopes", self.scopes))
        if self.max_age is not None and not _is_max_age(self.max_age):
            raise ValueError(f"max_age must be a whole number of seconds from {LEAST_MAX_AGE} to {GREATEST_MAX_AGE}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """A refusal, ready to be sent: RFC 6750 §3 and, for `insufficient_user_authentication`, RFC 9470 §3."""

    status: int
    error: str = ""
    error_description: str = ""
    acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    scopes: tuple[str, ...] = ()

    @property
    def parameters(self) -> dict[str, str]:
        """What is told, by the names of RFC 6750 §3 and RFC 9470 §3."""
        told = {
            "error": self.error,
            "error_description": self.error_description,
            "acr_values": " ".join(self.acr_values),
            "max_age": "" if self.max_age is None else str(self.max_age),
            "scope": " ".join(self.scopes),
        }
        return {name: value for name, value in told.items() if value}

    @property
    def www_authenticate(self) -> str:
        """The value of the `WWW-Authenticate` header, or '' when authentication is not what is lacking."""
        if self.status == 503:
            return ""
        told = ", ".join(f'{name}="{value}"' for name, value in self.parameters.items())
        return f"Bearer {told}".rstrip()

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """The headers of the answer; nothing may keep it (RFC 9111 §5.2.2.5)."""
        told = (("WWW-Authenticate", self.www_authenticate),) if self.www_authenticate else (("Retry-After", "5"),)
        return (*told, ("Content-Type", "application/json"), ("Cache-Control", "no-store"))

    @property
    def body(self) -> bytes:
        """The same in JSON: scripts of another origin do not see the header unless CORS exposes it."""
        return json.dumps(self.parameters).encode()


def _plain_values(name: str, values: Sequence[str]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise TypeError(f"{name} is a list of texts, not one text")
    kept = tuple(values)
    if any(not isinstance(value, str) or not _PLAIN.fullmatch(value) for value in kept):
        raise ValueError(f"{name} holds a value with a space, a quote, or a character beyond ASCII")
    return kept


def _is_max_age(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and LEAST_MAX_AGE <= value <= GREATEST_MAX_AGE
