"""The table of OpenID Connect's endpoints at the router."""

from idp.oidc.discovery import Discovery
from idp.oidc.endpoint import PATH, AuthorizationEndpoint
from idp.oidc.jwks import Jwks
from idp.oidc.pushing import PATH as PUSH
from idp.oidc.pushing import PushingEndpoint
from idp.oidc.server import TokenServer
from idp.oidc.userinfo import UserInfo
from idp.web.wire import Route


def authorize(endpoint: AuthorizationEndpoint) -> Route:
    """Return where browsers begin; the rest of this path is a view's."""
    return Route(methods=("GET",), path=PATH, handler=endpoint.handle, has_pages=True)


def push(endpoint: PushingEndpoint) -> Route:
    """Return where clients leave their requests; one that a loss of power undoes was never used."""
    return Route(methods=("POST",), path=PUSH, handler=endpoint.handle)


def routes(*, discovery: Discovery, jwks: Jwks, token_server: TokenServer, user_info: UserInfo) -> tuple[Route, ...]:
    """Return the routes; what is spent or revoked must survive power loss, so `/revoke` and `/token` are durable."""
    return (
        Route(methods=("GET",), path="/.well-known/openid-configuration", handler=discovery.handle),
        Route(methods=("GET",), path="/.well-known/oauth-authorization-server", handler=discovery.handle),
        Route(methods=("GET",), path="/jwks", handler=jwks.handle),
        Route(methods=("POST",), path="/token", handler=token_server.handle, durable=token_server.spends),
        Route(methods=("POST",), path="/revoke", handler=token_server.revoke, durable=True),
        Route(methods=("POST",), path="/introspect", handler=token_server.introspect),
        Route(methods=("GET", "POST"), path="/userinfo", handler=user_info.handle),
        Route(methods=("OPTIONS",), path="/userinfo", handler=user_info.preflight),
    )
