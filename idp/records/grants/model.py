"""What was granted."""

from dataclasses import dataclass
from datetime import datetime

from idp.core.assurance import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One authorization: who, for whom, what, and the evidence it was issued on.

    `acr`, `amr` and `auth_time` are what this grant's tokens have said: a record of a statement, from which a refreshed
    token may fall but never rise (policy.md §3, Later). `asked_acr` are the values first asked for, in their order.
    """

    id: str
    user_id: str
    client_id: str
    session_id: str
    created_at: datetime
    scopes: tuple[str, ...]
    nonce: str | None
    claims: str
    """The `claims` request parameter as JSON, `{}` when absent (OIDC Core 1.0 §5.5)."""
    asked_acr: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    acr: str
    amr: tuple[str, ...]
    auth_time: datetime
    lapses_at: datetime | None
    wants_auth_time: bool
    decision_id: str
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """A code, by its hash: 60 s, redeemed once; `spent_at` is the tombstone that shows a replay (RFC 6749 §4.1.2)."""

    code_hash: str
    grant_id: str
    client_id: str
    redirect_uri: str
    code_challenge: str
    """S256 challenge (RFC 7636 §4.2); empty for a client with `require_pkce` off that sent none."""
    expires_at: datetime
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """An opaque access token, by its hash."""

    token_hash: str
    grant_id: str
    client_id: str
    scopes: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Which client a person has used: since when, when last, and with which scopes last."""

    client_id: str
    scopes: tuple[str, ...]
    first_at: datetime
    last_at: datetime
