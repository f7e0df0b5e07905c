"""Relying parties."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSecret:
    """The hash of one client secret (256 random bits, so SHA-256) and when it ends."""

    secret_hash: str
    created_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """One relying party; names are those of RFC 7591 §2 and OIDC Dynamic Client Registration 1.0 §2."""

    client_id: str
    created_at: datetime
    client_name: str = ""
    redirect_uris: tuple[str, ...] = ()
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    """Where it is told that a session has ended (OIDC Back-Channel Logout 1.0 §2.2); empty: nowhere."""
    backchannel_logout_session_required: bool = False
    """Whether it needs `sid` in what it is told. It is always there."""
    grant_types: tuple[str, ...] = ("authorization_code",)
    response_types: tuple[str, ...] = ("code",)
    token_endpoint_auth_method: str = "client_secret_basic"
    secrets: tuple[ClientSecret, ...] = ()
    scope: tuple[str, ...] = ("openid", "profile", "email", "phone", "address", "offline_access")
    application_type: str = "web"
    id_token_signed_response_alg: str = "RS256"
    default_acr_values: tuple[str, ...] = ()
    default_max_age: int | None = None
    require_auth_time: bool = False
    require_pkce: bool = True
    require_pushed_authorization_requests: bool = False
    """Whether `/authorize` takes nothing but what was pushed (RFC 9126 §6)."""
    first_party: bool = False
    tags: tuple[str, ...] = ()
    logo_uri: str = ""
    policy_uri: str = ""
    tos_uri: str = ""
    client_uri: str = ""
    access_token_format: str = "jwt"
    """`jwt` (RFC 9068) or `opaque`."""
    audience: str = ""
    """Whom its access tokens are for (RFC 8707); empty: UserInfo alone."""
    access_token_signed_response_alg: str = "ES256"
    """Signs its `jwt` access tokens; RS256 is for APIs that know nothing else (RFC 9068 §2.1)."""
    disabled_at: datetime | None = None
    version: int = 1

    def may_own(self, at: datetime) -> bool:
        """Tell whether what was given at this moment can be this client's: one of its id may have gone before (ENR-25).

        To the second, as tokens say when they were issued (RFC 7519 §2, NumericDate).
        """
        return at >= self.created_at.replace(microsecond=0)
