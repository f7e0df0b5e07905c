"""What tokens and UserInfo say about a person and how they signed in.

The one place that writes claims (OIDC Core 1.0 §2, §5.1, §5.3.2). Protocol claims come from the grant and our clock and
always win; what is kept about a person is taken by an allow-list of standard claims, so that no profile key can ever
pass for `acr` or `sub` (JOS-12). ID Tokens carry claims about the person only where they were asked for singly.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from idp.oidc.claims_request import released
from idp.oidc.scopes import SCOPE_OF, claims_of
from idp.records.grants.model import Grant
from idp.records.users.model import User, subject

ID_TOKEN_TTL = timedelta(minutes=10)
_ABOUT_SIGN_IN = ("acr", "amr", "auth_time", "evidence")
_PROFILE = frozenset(name for name, scope in SCOPE_OF.items() if scope in ("profile", "address"))
"""What may be read from a profile. Whether an address is verified is ours to say, and so is all of a sign-in."""


def id_token(grant: Grant, user: User, *, issuer: str, now: datetime, access_token: str) -> dict[str, Any]:
    """Return the claims of an ID Token (OIDC Core 1.0 §2, §3.1.3.6)."""
    wanted = released(grant.claims, "id_token")
    about = _sign_in(grant)
    return {
        **{name: value for name, value in _person(user).items() if name in wanted},
        **({"evidence": about["evidence"]} if "evidence" in wanted or "evidence" in grant.scopes else {}),
        **({"nonce": grant.nonce} if grant.nonce is not None else {}),
        "iss": issuer,
        "sub": subject(user.id),
        "aud": grant.client_id,
        "exp": _seconds(now + ID_TOKEN_TTL),
        "iat": _seconds(now),
        "auth_time": about["auth_time"],
        "acr": about["acr"],
        "amr": about["amr"],
        "sid": grant.session_id,
        "at_hash": half_hash(access_token),
    }


def user_info(grant: Grant, user: User, *, scopes: tuple[str, ...]) -> dict[str, Any]:
    """Return the answer of the UserInfo endpoint (OIDC Core 1.0 §5.3.2, §5.4, §5.5)."""
    named = released(grant.claims, "userinfo")
    wanted = claims_of(scopes) | named
    about = {} if wanted.isdisjoint(_ABOUT_SIGN_IN) else _sign_in(grant)
    return {
        **{name: value for name, value in _person(user).items() if name in wanted},
        **{name: about[name] for name in _ABOUT_SIGN_IN if name in wanted},
        "sub": subject(user.id),
    }


def half_hash(value: str) -> str:
    """Return the left half of the SHA-256, for `at_hash`; RS256 and ES256 both mean SHA-256 (§3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


def _sign_in(grant: Grant) -> Mapping[str, Any]:
    return {
        "acr": grant.acr,
        "amr": list(grant.amr),
        "auth_time": _seconds(grant.auth_time),
        "evidence": [{"factor": proof.factor, "time": _seconds(proof.at)} for proof in grant.evidence],
    }


def _person(user: User) -> Mapping[str, Any]:
    """Return all standard claims we have about a person; a claim without a value is left out (§5.3.2)."""
    kept = {name: json.loads(value) for name, value in user.claims if name in _PROFILE}
    columns = {
        "name": user.display_name,
        "preferred_username": user.username,
        "locale": user.locale,
        "updated_at": _seconds(user.updated_at) if user.updated_at else None,
        "email": user.email,
        "email_verified": user.email_verified_at is not None if user.email else None,
        "phone_number": user.phone,
        "phone_number_verified": user.phone_verified_at is not None if user.phone else None,
    }
    return kept | {name: value for name, value in columns.items() if value not in ("", None)}


def _seconds(moment: datetime) -> int:
    return int(moment.timestamp())
