"""`id_token_hint` (OIDC Core 1.0 §3.1.2.1): an ID Token of ours that says about whom the client asks.

It must bear our own signature, by any key still published, and name this client; it may have expired. It is never proof
of anything: it only narrows down who may answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.core.errors import RedirectError

ALGORITHMS = ("RS256", "ES256")
"""What we sign ID Tokens with; the header of a token never chooses beyond it (JOS-01, JOS-02)."""

_HEADER = {"alg", "kid", "typ"}
"""What our own headers have; `crit`, `jwk` and the like are a stranger's (JOS-03, JOS-05)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """What an ID Token of ours says: about whom, for which clients, in which session."""

    subject: str
    audience: tuple[str, ...]
    session_id: str


def subject_of(hint: str, *, issuer: str, client_id: str, public_jwks: Mapping[str, Any]) -> str:
    """Return the `sub` of a hint that is ours; raise RedirectError for any other."""
    found = read(hint, issuer=issuer, public_jwks=public_jwks)
    if found is None or client_id not in found.audience:
        raise RedirectError("invalid_request", "The id_token_hint was not issued here for this client.")
    return found.subject


def read(hint: str, *, issuer: str, public_jwks: Mapping[str, Any]) -> Hint | None:
    """Return what a hint that is ours says; None for any other."""
    try:
        token = jwt.decode(hint, KeySet.import_key_set({"keys": list(public_jwks["keys"])}), algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    claims = token.claims
    # RFC 8725 §3.11: an access token or a logout token, though ours, is no ID Token (JOS-08).
    if not set(token.header) <= _HEADER or token.header.get("typ") != "JWT" or "events" in claims:
        return None
    audience = claims.get("aud")
    clients: list[Any] = audience if isinstance(audience, list) else [audience]
    subject, session_id = claims.get("sub"), claims.get("sid", "")
    if claims.get("iss") != issuer or not all(isinstance(said, str) for said in (subject, session_id, *clients)):
        return None
    return Hint(subject=subject, audience=tuple(clients), session_id=session_id) if subject else None
