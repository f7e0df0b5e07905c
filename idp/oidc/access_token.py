"""Access tokens: signed (RFC 9068) or opaque, for a person's grant or for a client itself, made and read again.

A signed one needs no row: its `jti` names the grant, so that whatever ends the grant ends the token at UserInfo and
introspection. What is read comes back as one of two kinds, `OfGrant` and `OfClient`: a client's own token names no
grant, lies in no table of persons' tokens, and so can never pass for a person's, whatever its `sub` is (RFC 9700 §4.15,
OAU-49). The rule all keep: nothing but an access token of ours, alive and not revoked, is ever read as one (OAU-36).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from idp.core.tokens import Tokens, digest
from idp.oidc.signed_token import SignedTokens
from idp.oidc.standing import store as standings
from idp.oidc.standing.model import Behind
from idp.records.clients.model import Client
from idp.records.grants.client_tokens import store as client_tokens
from idp.records.grants.client_tokens.model import ClientToken
from idp.records.grants.model import AccessToken, Grant
from idp.records.grants.revocations import store as revocations
from idp.records.users.model import subject
from idp.storage.tx import Tx

OPAQUE = "opaque"
_CLIENTS_OWN = "client."
"""How an opaque token of a client itself begins, so that it is looked for in one table and not in two."""
_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new access token of a grant, and the row it needs, if any."""

    value: str = field(repr=False)
    record: AccessToken | None


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """An access token of ours that has neither expired nor been revoked singly.

    A struct, as each request makes one: a fifth of what a frozen dataclass costs.
    """

    client_id: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    audience: tuple[str, ...] = ()
    """Whom it names; empty where its client says so (`audience_of`)."""
    jti: str = ""
    id_hash: str
    """By which it can be revoked singly."""


class OfGrant(Found, frozen=True, kw_only=True):
    """A token for what a person granted."""

    behind: Behind

    @property
    def grant(self) -> Grant:
        """What was granted."""
        return self.behind.grant


class OfClient(Found, frozen=True, kw_only=True):
    """A token of a client itself: there is no person (RFC 6749 §4.4)."""


def audience_of(client: Client, scopes: tuple[str, ...], *, user_info: str) -> tuple[str, ...]:
    """Return whom the access tokens of a client are for: its own API, and UserInfo where `openid` was granted."""
    if not client.audience:
        return (user_info,)
    return (client.audience, user_info) if "openid" in scopes else (client.audience,)


class AccessTokens:
    """Makes and reads the access tokens of one issuer."""

    def __init__(self, *, signed: SignedTokens, tokens: Tokens) -> None:
        self._signed = signed
        self._tokens = tokens
        self.user_info = f"{signed.issuer}/userinfo"
        """The audience that UserInfo is."""

    def make(self, tx: Tx, grant: Grant, client: Client, *, now: datetime, expires_at: datetime) -> Made:
        """Make a token of the client's format for what the grant says; nothing is stored here."""
        if client.access_token_format == OPAQUE:
            value = self._tokens.token()
            return Made(value=value, record=_record(value, grant, now=now, expires_at=expires_at))
        body = {
            **self._common(client, grant.scopes, now=now, expires_at=expires_at),
            "sub": subject(grant.user_id),
            "jti": f"{grant.id}.{self._tokens.new_id()}",
            "acr": grant.acr,
            "amr": list(grant.amr),
            "auth_time": int(grant.auth_time.timestamp()),
        }
        return Made(value=self._signed.sign(tx, body, client), record=None)

    def give_client(
        self, tx: Tx, client: Client, scopes: tuple[str, ...], *, now: datetime, expires_at: datetime
    ) -> str:
        """Make a token of the client itself: its `sub` is the client (RFC 9068 §2.2). An opaque one is stored."""
        if client.access_token_format == OPAQUE:
            value = _CLIENTS_OWN + self._tokens.token()
            token = ClientToken(
                token_hash=digest(value),
                client_id=client.client_id,
                scopes=scopes,
                issued_at=now,
                expires_at=expires_at,
            )
            client_tokens.add(tx, token)
            return value
        body = {
            **self._common(client, scopes, now=now, expires_at=expires_at),
            "sub": client.client_id,
            "jti": self._tokens.new_id(),
        }
        return self._signed.sign(tx, body, client)

    def find(self, tx: Tx, value: str, *, now: datetime) -> OfGrant | OfClient | None:
        """Return what a token is good for; None for whatever is not a live access token of ours."""
        if len(value) > _LONGEST:
            return None
        is_signed = value.count(".") == 2
        found = _read(tx, self._signed.read(tx, value)) if is_signed else _opaque(tx, value)
        return None if found is None or found.expires_at <= now else found

    def _common(
        self, client: Client, scopes: tuple[str, ...], *, now: datetime, expires_at: datetime
    ) -> Mapping[str, Any]:
        """Return the claims that all signed tokens have (RFC 9068 §2.2, §2.2.3)."""
        audience = audience_of(client, scopes, user_info=self.user_info)
        return {
            "aud": audience[0] if len(audience) == 1 else list(audience),
            "client_id": client.client_id,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "scope": " ".join(scopes),
        }


def _record(value: str, grant: Grant, *, now: datetime, expires_at: datetime) -> AccessToken:
    return AccessToken(
        token_hash=digest(value),
        grant_id=grant.id,
        client_id=grant.client_id,
        scopes=grant.scopes,
        issued_at=now,
        expires_at=expires_at,
    )


def _read(tx: Tx, body: Mapping[str, Any]) -> OfGrant | OfClient | None:
    """Return what the claims of a signed token of ours stand for, unless it was revoked singly."""
    jti = body.get("jti")
    if not isinstance(jti, str):
        return None
    audience = body["aud"]
    common = {
        "client_id": body["client_id"],
        "scopes": tuple(body["scope"].split()),
        "issued_at": datetime.fromtimestamp(body["iat"], UTC),
        "expires_at": datetime.fromtimestamp(body["exp"], UTC),
        "audience": (audience,) if isinstance(audience, str) else tuple(audience),
        "jti": jti,
        "id_hash": digest(jti),
    }
    grant_id, dot, _ = jti.partition(".")
    if not dot:
        is_own = body["sub"] == body["client_id"] and "auth_time" not in body
        return OfClient(**common) if is_own and not revocations.is_revoked(tx, common["id_hash"]) else None
    behind = standings.of_signed(tx, grant_id, common["id_hash"])
    if behind is None or behind.grant.client_id != body["client_id"]:
        return None
    return OfGrant(behind=behind, **common)


def _opaque(tx: Tx, value: str) -> OfGrant | OfClient | None:
    id_hash = digest(value)
    if value.startswith(_CLIENTS_OWN):
        own = client_tokens.get(tx, id_hash)
        return OfClient(**_said(own)) if own is not None else None
    found = standings.of_token(tx, id_hash)
    return OfGrant(behind=found[1], **_said(found[0])) if found is not None else None


def _said(token: AccessToken | ClientToken) -> dict[str, Any]:
    return {
        "client_id": token.client_id,
        "scopes": token.scopes,
        "issued_at": token.issued_at,
        "expires_at": token.expires_at,
        "id_hash": token.token_hash,
    }
