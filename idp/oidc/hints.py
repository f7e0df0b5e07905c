"""`id_token_hint` (OIDC Core 1.0 §3.1.2.1): an ID Token of ours that says about whom the client asks.

It must bear our own signature, by any key still published, and name this client; it may have expired. It is never proof
of anything: it only narrows down who may answer.
"""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.core.errors import RedirectError

ALGORITHMS = ("RS256", "ES256")
"""What we sign ID Tokens with; the header of a token never chooses beyond it (JOS-01, JOS-02)."""

_HEADER = {"alg", "kid", "typ"}
"""What our own headers have; `crit`, `jwk` and the like are a stranger's (JOS-03, JOS-05)."""


def subject_of(hint: str, *, issuer: str, client_id: str, public_jwks: Mapping[str, Any]) -> str:
    """Return the `sub` of a hint that is ours; raise RedirectError for any other."""
    try:
        token = jwt.decode(hint, KeySet.import_key_set({"keys": list(public_jwks["keys"])}), algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise _refused() from error
    claims = token.claims
    audience = claims.get("aud")
    # RFC 8725 §3.11: an access token or a logout token, though ours, is no ID Token (JOS-08).
    if (
        not set(token.header) <= _HEADER
        or token.header.get("typ") != "JWT"
        or claims.get("iss") != issuer
        or "events" in claims
    ):
        raise _refused()
    if client_id not in (audience if isinstance(audience, list) else [audience]):
        raise _refused()
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise _refused()
    return subject


def _refused() -> RedirectError:
    return RedirectError("invalid_request", "The id_token_hint was not issued here for this client.")
