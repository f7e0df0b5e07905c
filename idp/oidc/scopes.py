"""Scopes and the claims behind them (OIDC Core 1.0 §5.4).

The one table that says what a scope opens. `offline_access` asks for a refresh token (§11) and is granted to clients
that may use one.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from idp.records.clients import own_api

OFFLINE = "offline_access"

CLAIMS_OF: Mapping[str, tuple[str, ...]] = {
    "openid": (),
    "profile": (
        "name",
        "family_name",
        "given_name",
        "middle_name",
        "nickname",
        "preferred_username",
        "profile",
        "picture",
        "website",
        "gender",
        "birthdate",
        "zoneinfo",
        "locale",
        "updated_at",
    ),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
    "address": ("address",),
    "evidence": ("evidence",),
    OFFLINE: (),
}

SCOPE_OF: Mapping[str, str] = {claim: scope for scope, claims in CLAIMS_OF.items() for claim in claims}
"""Which scope a claim belongs to: what a client may not have as a scope, it may not ask for singly either."""


def granted(requested: Iterable[str], registered: Iterable[str]) -> tuple[str, ...]:
    """Return the requested scopes that exist and that the client is registered for; others are ignored.

    Beside those of OpenID Connect there are those of our own API.
    """
    allowed = set(registered) & {*CLAIMS_OF, *own_api.SCOPES}
    return tuple(dict.fromkeys(scope for scope in requested if scope in allowed))


@lru_cache(maxsize=256)
def claims_of(scopes: tuple[str, ...]) -> frozenset[str]:
    """Return the claims that scopes open at the UserInfo endpoint."""
    return frozenset(claim for scope in scopes for claim in CLAIMS_OF.get(scope, ()))
