"""Whether a good token is good enough for what is asked, and the answer when it is not.

The rules it keeps: a level that is lacking is 401 `insufficient_user_authentication` and says what would do
(RFC 9470 §3), naming lacking scopes with it so that one redirect mends both; scopes alone are 403 (RFC 6750 §3.1).
No leeway is added to `max_age`: it would let an older proof pass than the API asked for.
"""

from datetime import datetime, timedelta

from idp.resource_server.levels import Levels
from idp.resource_server.model import Challenge, Requirement, VerifiedToken

NO_TOKEN = Challenge(status=401)
"""No error code: the request did not try (RFC 6750 §3.1)."""
BAD_TOKEN = Challenge(
    status=401,
    error="invalid_token",
    error_description="The access token is expired, revoked or not for this API",
)
NO_PROVIDER = Challenge(
    status=503,
    error="temporarily_unavailable",
    error_description="The access token cannot be verified at the moment",
)
_TOO_OLD = "A more recent authentication is required"
_TOO_WEAK = "A different authentication level is required"


def challenge_for(token: VerifiedToken, requirement: Requirement, *, levels: Levels, now: datetime) -> Challenge | None:
    """Return the refusal that `requirement` makes of `token`, or None when the token will do."""
    is_scope_lacking = not token.scopes.issuperset(requirement.scopes)
    is_strong = levels.satisfies(token.acr, requirement.acr_values)
    if not is_strong or not is_young(token.auth_time, requirement.max_age, now=now):
        return Challenge(
            status=401,
            error="insufficient_user_authentication",
            error_description=_TOO_OLD if is_strong else _TOO_WEAK,
            acr_values=tuple(requirement.acr_values),
            max_age=requirement.max_age,
            scopes=tuple(requirement.scopes) if is_scope_lacking else (),
        )
    if is_scope_lacking:
        return Challenge(
            status=403,
            error="insufficient_scope",
            error_description="The access token lacks a scope",
            scopes=tuple(requirement.scopes),
        )
    return None


def is_young(auth_time: datetime | None, max_age: int | None, *, now: datetime) -> bool:
    """Tell whether the newest proof is no older than `max_age` seconds; one that never was is too old."""
    return max_age is None or (auth_time is not None and now - auth_time <= timedelta(seconds=max_age))
