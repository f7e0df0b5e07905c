"""Revocation (RFC 7009): a client gives back a token of its own, and nobody is told whether there was one.

An access token ends alone; a refresh token ends its family, its grant, and the access tokens that were issued on it
(§2.1). A token of another client, an unknown and an expired one get the same answer and nothing happens (OAU-35).
"""

from datetime import datetime
from typing import Any

from authlib.oauth2.rfc6749.errors import InvalidRequestError
from authlib.oauth2.rfc7009 import RevocationEndpoint

from idp.core.clock import Clock
from idp.core.tokens import digest
from idp.oidc import refresh_token
from idp.oidc.access_token import AccessTokens, OfGrant
from idp.oidc.refresh import end
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.clients.model import Client
from idp.records.grants.families import store as families
from idp.records.grants.families.model import Family
from idp.records.grants.revocations import store as revocations
from idp.storage.tx import Tx


class Revoker:
    """Ends tokens."""

    def __init__(self, *, clock: Clock, access_tokens: AccessTokens) -> None:
        self._clock = clock
        self._access_tokens = access_tokens

    def revoke(self, tx: Tx, token: str, client: Client) -> None:
        """End a token of this client, whatever its kind; a hint would change nothing (RFC 7009 §2.1)."""
        now = self._clock.now()
        found = self._access_tokens.find(tx, token, now=now)
        if found is not None and found.client_id == client.client_id:
            revocations.add(tx, found.id_hash, expires_at=found.expires_at)
            grant_id = found.grant.id if isinstance(found, OfGrant) else ""
            audit.add(tx, _event("access_token.revoked", client, grant_id=grant_id, at=now))
        family = _family(tx, token) if found is None else None
        if family is not None and family.client_id == client.client_id and family.revoked_at is None:
            end(tx, family, now=now)
            audit.add(tx, _event("refresh_token.revoked", client, grant_id=family.grant_id, at=now))


class Revocation(RevocationEndpoint):
    """Authlib's frame around it."""

    def __init__(self, *, revoker: Revoker) -> None:
        super().__init__()
        self._revoker = revoker

    def authenticate_token(self, request: Any, client: Client) -> None:
        """Revoke at once, so that the frame has nothing left to tell apart; an unknown hint is ignored (§2.1)."""
        if not request.form.get("token"):
            raise InvalidRequestError
        self._revoker.revoke(request.tx, request.form["token"], client)


def _family(tx: Tx, token: str) -> Family | None:
    """Return the family of a refresh token of ours, of one that was used before too."""
    family_id = refresh_token.family_of(token)
    family = families.get(tx, family_id) if family_id else None
    if family is None or (digest(token) != family.current_hash and not refresh_token.is_ours(token, keys=tx.keys)):
        return None
    return family


def _event(name: str, client: Client, *, grant_id: str, at: datetime) -> Event:
    return Event(name=name, at=at, client_id=client.client_id, details={"grant": grant_id} if grant_id else {})
