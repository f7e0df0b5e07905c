"""Introspection (RFC 7662): what a token is worth at this moment, told to its own client and to the API it names.

The level is computed again, so that an API sees a step-up age before the token ends (policy.md §3, Later). There is
always a body; a token that is unknown, foreign, spent or revoked is `{"active": false}` and nothing else (§2.2, §4).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc7662 import IntrospectionEndpoint

from idp.core.clock import Clock
from idp.core.tokens import digest
from idp.login.policies import Policies
from idp.oidc import refresh_token
from idp.oidc.access_token import AccessTokens, Found, OfClient, OfGrant, audience_of
from idp.oidc.client_credentials import ClientCredentials, is_open_to
from idp.oidc.refresh import expiry_of
from idp.oidc.standing import store as standings
from idp.oidc.standing.model import Lapsed
from idp.oidc.standing.worth import decayed, standing_of
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.grants.model import Grant
from idp.records.users.model import subject
from idp.storage.tx import Tx

METHODS = ("client_secret_basic", "client_secret_post")
"""How an API proves itself; a public client could be anybody (§2.1)."""
_INACTIVE: Mapping[str, Any] = {"active": False}


class Introspector:
    """Says what tokens are worth."""

    def __init__(
        self,
        *,
        issuer: str,
        clock: Clock,
        policies: Policies,
        access_tokens: AccessTokens,
        client_credentials: ClientCredentials,
    ) -> None:
        self._issuer = issuer
        self._client_credentials = client_credentials
        self._clock = clock
        self._policies = policies
        self._access_tokens = access_tokens

    def introspect(self, tx: Tx, token: str, caller: Client) -> Mapping[str, Any]:
        """Return the answer of RFC 7662 §2.2; a hint of the token's type would change nothing."""
        now = self._clock.now()
        found = self._access_tokens.find(tx, token, now=now)
        match found:
            case OfGrant():
                return self._access(tx, found, caller, now=now)
            case OfClient():
                return self._clients_own(tx, found, caller, now=now)
        return self._refresh(tx, token, caller, now=now)

    def _clients_own(self, tx: Tx, found: OfClient, caller: Client, *, now: datetime) -> Mapping[str, Any]:
        """A client's own token says nothing of a sign-in: there was none."""
        client = caller if caller.client_id == found.client_id else clients.get(tx, found.client_id)
        if client is None or client.disabled_at is not None or not is_open_to(client):
            return _INACTIVE
        if not client.may_own(found.issued_at):
            return _INACTIVE
        names = self._names(found, client)
        if not _may_ask(caller, found, names) or self._client_credentials.denial(tx, client, found.scopes, now=now):
            return _INACTIVE
        return {
            "active": True,
            "iss": self._issuer,
            "client_id": found.client_id,
            "sub": found.client_id,
            **_token(found, names),
        }

    def _access(self, tx: Tx, found: OfGrant, caller: Client, *, now: datetime) -> Mapping[str, Any]:
        standing = standing_of(tx, found.behind)
        if standing is None:
            return _INACTIVE
        names = self._names(found, standing.client)
        if not _may_ask(caller, found, names):
            return _INACTIVE
        grant = decayed(tx, standing, self._policies.for_person(tx, standing.user.id), now=now)
        if isinstance(grant, Lapsed):
            return _INACTIVE
        return {**self._common(grant), **_token(found, names)}

    def _names(self, found: Found, client: Client) -> tuple[str, ...]:
        """Return whom a token is for."""
        return found.audience or audience_of(client, found.scopes, user_info=self._access_tokens.user_info)

    def _refresh(self, tx: Tx, token: str, caller: Client, *, now: datetime) -> Mapping[str, Any]:
        """A refresh token has no `token_type`: no API may take it for an access token."""
        family_id = refresh_token.family_of(token)
        read = standings.of_family(tx, family_id) if family_id else None
        if read is None:
            return _INACTIVE
        family, behind = read
        if family.current_hash != digest(token) or family.client_id != caller.client_id:
            return _INACTIVE
        ends, standing = expiry_of(family), standing_of(tx, behind)
        if family.revoked_at is not None or ends <= now or standing is None:
            return _INACTIVE
        grant = decayed(tx, standing, self._policies.for_person(tx, standing.user.id), now=now)
        if isinstance(grant, Lapsed):
            return _INACTIVE
        begun = family.rotated_at or family.created_at
        return {
            **self._common(grant),
            "scope": " ".join(grant.scopes),
            "iat": int(begun.timestamp()),
            "exp": int(ends.timestamp()),
        }

    def _common(self, grant: Grant) -> Mapping[str, Any]:
        return {
            "active": True,
            "iss": self._issuer,
            "client_id": grant.client_id,
            "sub": subject(grant.user_id),
            "acr": grant.acr,
            "amr": list(grant.amr),
            "auth_time": int(grant.auth_time.timestamp()),
        }


def _may_ask(caller: Client, found: Found, names: tuple[str, ...]) -> bool:
    """Tell whether this is the token's own client, or an API that it names (OAU-34)."""
    return caller.client_id == found.client_id or caller.client_id in names


def _token(found: Found, names: tuple[str, ...]) -> Mapping[str, Any]:
    return {
        "scope": " ".join(found.scopes),
        "token_type": "Bearer",
        "aud": names[0] if len(names) == 1 else list(names),
        "iat": int(found.issued_at.timestamp()),
        "exp": int(found.expires_at.timestamp()),
        **({"jti": found.jti} if found.jti else {}),
    }


class Introspection(IntrospectionEndpoint):
    """Authlib's frame around it."""

    def __init__(self, *, introspector: Introspector) -> None:
        super().__init__()
        self._introspector = introspector

    def check_params(self, request: Any, client: Client) -> None:
        """Refuse public clients and requests without a token; an unknown hint is ignored (RFC 7662 §2.1)."""
        if client.token_endpoint_auth_method not in METHODS:
            raise InvalidClientError
        if not request.form.get("token"):
            raise InvalidRequestError

    def authenticate_token(self, request: Any, client: Client) -> Mapping[str, Any]:
        """Return the answer: nothing is looked up before it is known who asks."""
        self.check_params(request, client)
        return self._introspector.introspect(request.tx, request.form["token"], client)

    def create_introspection_payload(self, token: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer as it is."""
        return token
