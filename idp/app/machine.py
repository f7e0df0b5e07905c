"""The endpoints at the router: what they are made of, and the list of them."""

from idp.app import protocol
from idp.app.parts import Parts
from idp.login.service import LoginService
from idp.oidc import routes as machine_routes
from idp.oidc.access_token import AccessTokens
from idp.oidc.client_credentials import ClientCredentials
from idp.oidc.discovery import Discovery
from idp.oidc.introspection import Introspector
from idp.oidc.jwks import Jwks
from idp.oidc.redemption import CodeRedeemer
from idp.oidc.refresh import Refresher
from idp.oidc.revocation import Revoker
from idp.oidc.server import TokenServer
from idp.oidc.signed_token import SignedTokens
from idp.oidc.token import TokenIssuer
from idp.oidc.userinfo import UserInfo
from idp.web import related_origins
from idp.web.health import Health
from idp.web.wire import Route


def routes(parts: Parts, service: LoginService, health: Health) -> tuple[Route, ...]:
    """Return every endpoint that machines call, and the one at which browsers begin."""
    signed = SignedTokens(issuer=parts.settings.issuer, keys=parts.keys)
    access_tokens = AccessTokens(signed=signed, tokens=parts.tokens)
    return (
        *protocol.beginnings(parts, service),
        *health.routes(),
        related_origins.route(parts.settings.webauthn_origins),
        *machine_routes.routes(
            discovery=Discovery(issuer=parts.settings.issuer, policies=parts.policies),
            jwks=Jwks(keys=parts.keys),
            token_server=_token_server(parts, access_tokens),
            user_info=UserInfo(clock=parts.clock, policies=parts.policies, access_tokens=access_tokens),
        ),
    )


def _token_server(parts: Parts, access_tokens: AccessTokens) -> TokenServer:
    issuer, clock, policies = parts.settings.issuer, parts.clock, parts.policies
    token_issuer = TokenIssuer(issuer=issuer, keys=parts.keys, access_tokens=access_tokens)
    refresher = Refresher(clock=clock, issuer=token_issuer, policies=policies, tokens=parts.tokens)
    own = ClientCredentials(clock=clock, policies=policies, access_tokens=access_tokens, tokens=parts.tokens)
    return TokenServer(
        issuer=issuer,
        clock=clock,
        redeemer=CodeRedeemer(
            clock=clock, issuer=token_issuer, refresher=refresher, policies=policies, tokens=parts.tokens
        ),
        refresher=refresher,
        client_credentials=own,
        revoker=Revoker(clock=clock, access_tokens=access_tokens),
        introspector=Introspector(
            issuer=issuer, clock=clock, policies=policies, access_tokens=access_tokens, client_credentials=own
        ),
    )
