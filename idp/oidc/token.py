"""Tokens made from a grant: the access token and the signed ID Token.

Nothing is stored here: whoever calls stores the record after the code has been spent, so that a failed signature burns
nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from idp.oidc import claims
from idp.oidc.access_token import AccessTokens
from idp.oidc.hints import ALGORITHMS
from idp.records.clients.model import Client
from idp.records.grants.model import AccessToken, Grant
from idp.records.keys.service import KeyRing
from idp.records.keys.signing import signed
from idp.records.users.model import User
from idp.storage.tx import Tx

ACCESS_TOKEN_TTL = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """What a client is given, and what we keep of it."""

    record: AccessToken | None
    """The row of an opaque access token."""
    response: Mapping[str, Any] = field(repr=False)
    """The members of the token response (RFC 6749 §5.1, OIDC Core 1.0 §3.1.3.3)."""


class TokenIssuer:
    """Makes tokens."""

    def __init__(self, *, issuer: str, keys: KeyRing, access_tokens: AccessTokens) -> None:
        self._issuer = issuer
        self._keys = keys
        self._access_tokens = access_tokens

    def issue(self, tx: Tx, grant: Grant, *, user: User, client: Client, now: datetime) -> Issued | None:
        """Make the tokens of a grant; None when the level it rests on has lapsed (features.md P8)."""
        expires_at = min(now + ACCESS_TOKEN_TTL, grant.lapses_at or datetime.max.replace(tzinfo=now.tzinfo))
        if expires_at <= now:
            return None
        made = self._access_tokens.make(tx, grant, client, now=now, expires_at=expires_at)
        response: dict[str, Any] = {
            "access_token": made.value,
            "token_type": "Bearer",
            "expires_in": int((expires_at - now).total_seconds()),
            "scope": " ".join(grant.scopes),
        }
        if "openid" in grant.scopes:
            body = claims.id_token(grant, user, issuer=self._issuer, now=now, access_token=made.value)
            response["id_token"] = self._sign(tx, body, client)
        return Issued(record=made.record, response=response)

    def _sign(self, tx: Tx, body: dict[str, Any], client: Client) -> str:
        """Sign with the client's algorithm; `none` and HS* are never used, whatever a record says (JOS-11)."""
        asked = client.id_token_signed_response_alg
        alg = asked if asked in ALGORITHMS else "RS256"
        return signed(self._keys.signing_key(tx, alg), body)
