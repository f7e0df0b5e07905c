"""Access tokens: signed (RFC 9068) or opaque, made from a grant and read again.

A signed one is ES256 with `typ: at+jwt` and a `kid`, says our own clock's times, and needs no row: its `jti` names the
grant, so that whatever ends the grant ends the token at UserInfo and introspection. The rule both kinds keep: nothing
but an access token of ours, alive and not revoked, is ever read as one (RFC 8725 §3.11, OAU-36, JOS-08).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.core.tokens import Tokens, digest
from idp.oidc import claims
from idp.records.clients.model import Client
from idp.records.grants import store as grants
from idp.records.grants.model import AccessToken, Grant
from idp.records.grants.revocations import store as revocations
from idp.records.keys.service import KeyRing
from idp.storage.tx import Tx

ALGORITHM = "ES256"
TYPE = "at+jwt"
OPAQUE = "opaque"
_HEADER = {"alg", "kid", "typ"}
_LONGEST = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new access token, and the row it needs, if any."""

    value: str = field(repr=False)
    record: AccessToken | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An access token of ours that has neither expired nor been revoked singly."""

    grant: Grant
    client_id: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    acr: str
    """What the token itself says, where it says anything."""
    audience: tuple[str, ...]
    """Whom it names; empty where its client says so (`audience_of`)."""
    jti: str
    id_hash: str
    """By which it can be revoked singly."""


def audience_of(client: Client, scopes: tuple[str, ...], *, user_info: str) -> tuple[str, ...]:
    """Return whom the access tokens of a client are for: its own API, and UserInfo where `openid` was granted."""
    if not client.audience:
        return (user_info,)
    return (client.audience, user_info) if "openid" in scopes else (client.audience,)


class AccessTokens:
    """Makes and reads the access tokens of one issuer."""

    def __init__(self, *, issuer: str, keys: KeyRing, tokens: Tokens) -> None:
        self._issuer = issuer
        self._keys = keys
        self._tokens = tokens
        self._imported: tuple[Mapping[str, Any] | None, KeySet] = (None, KeySet([]))

    @property
    def user_info(self) -> str:
        """The audience that UserInfo is."""
        return f"{self._issuer}/userinfo"

    def make(self, tx: Tx, grant: Grant, client: Client, *, now: datetime, expires_at: datetime) -> Made:
        """Make a token of the client's format for what the grant says; nothing is stored here."""
        if client.access_token_format == OPAQUE:
            value = self._tokens.token()
            return Made(value=value, record=_record(value, grant, now=now, expires_at=expires_at))
        key = self._keys.signing_key(tx, ALGORITHM)
        header = {"alg": ALGORITHM, "kid": key.kid, "typ": TYPE}
        body = self._claims(grant, client, now=now, expires_at=expires_at)
        return Made(value=jwt.encode(header, body, key, algorithms=[ALGORITHM]), record=None)

    def find(self, tx: Tx, value: str, *, now: datetime) -> Found | None:
        """Return what a token is good for; None for whatever is not a live access token of ours."""
        if len(value) > _LONGEST:
            return None
        found = self._signed(tx, value) if value.count(".") == 2 else _opaque(tx, value)
        if found is None or found.expires_at <= now or revocations.is_revoked(tx, found.id_hash):
            return None
        return found

    def _claims(self, grant: Grant, client: Client, *, now: datetime, expires_at: datetime) -> dict[str, Any]:
        """Return the claims of RFC 9068 §2.2."""
        audience = audience_of(client, grant.scopes, user_info=self.user_info)
        return {
            "iss": self._issuer,
            "aud": audience[0] if len(audience) == 1 else list(audience),
            "sub": claims.subject(grant.user_id),
            "client_id": grant.client_id,
            "jti": f"{grant.id}.{self._tokens.new_id()}",
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
            "acr": grant.acr,
            "amr": list(grant.amr),
            "auth_time": int(grant.auth_time.timestamp()),
            "scope": " ".join(grant.scopes),
        }

    def _signed(self, tx: Tx, value: str) -> Found | None:
        body = self._verified(tx, value)
        jti = body.get("jti")
        if body.get("iss") != self._issuer or not isinstance(jti, str):
            return None
        grant = grants.get_grant(tx, jti.partition(".")[0])
        if grant is None or grant.client_id != body.get("client_id"):
            return None
        audience = body["aud"]
        return Found(
            grant=grant,
            client_id=grant.client_id,
            scopes=tuple(body["scope"].split()),
            issued_at=datetime.fromtimestamp(body["iat"], UTC),
            expires_at=datetime.fromtimestamp(body["exp"], UTC),
            acr=body["acr"],
            audience=(audience,) if isinstance(audience, str) else tuple(audience),
            jti=jti,
            id_hash=digest(jti),
        )

    def _verified(self, tx: Tx, value: str) -> Mapping[str, Any]:
        """Return the claims of a token that bears our signature as an access token; of any other, none."""
        try:
            token = jwt.decode(value, self._key_set(tx), algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError):
            return {}
        return token.claims if set(token.header) == _HEADER and token.header["typ"] == TYPE else {}

    def _key_set(self, tx: Tx) -> KeySet:
        """Return the published keys, imported once for each state of the ring."""
        jwks = self._keys.public_jwks(tx)
        known, imported = self._imported
        if known is not jwks:
            imported = KeySet.import_key_set({"keys": list(jwks["keys"])})
            self._imported = (jwks, imported)
        return imported


def _record(value: str, grant: Grant, *, now: datetime, expires_at: datetime) -> AccessToken:
    return AccessToken(
        token_hash=digest(value),
        grant_id=grant.id,
        client_id=grant.client_id,
        scopes=grant.scopes,
        issued_at=now,
        expires_at=expires_at,
    )


def _opaque(tx: Tx, value: str) -> Found | None:
    found = grants.get_access_token(tx, digest(value))
    if found is None:
        return None
    token, grant = found
    return Found(
        grant=grant,
        client_id=token.client_id,
        scopes=token.scopes,
        issued_at=token.issued_at,
        expires_at=token.expires_at,
        acr=grant.acr,
        audience=(),
        jti="",
        id_hash=token.token_hash,
    )
