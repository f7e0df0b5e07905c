"""Where browsers meet the protocol: `/authorize` and `/logout`."""

from flask import Blueprint

from idp.app.parts import Parts
from idp.login.service import LoginService
from idp.oidc import routes as machine_routes
from idp.oidc import views as oidc_views
from idp.oidc.authorization import Authorization
from idp.oidc.endpoint import AuthorizationEndpoint
from idp.oidc.logout import views as logout_views
from idp.oidc.logout.service import Logout
from idp.web.csrf import Csrf
from idp.web.wire import Route


def authorize(parts: Parts, service: LoginService) -> Route:
    """Return where a relying party's request begins."""
    begins = Authorization(issuer=parts.settings.issuer, service=service, policies=parts.policies, keys=parts.keys)
    return machine_routes.authorize(AuthorizationEndpoint(authorization=begins, cookies=parts.cookies))


def pages(parts: Parts, csrf: Csrf) -> tuple[Blueprint, ...]:
    """Return the blueprints."""
    logout = Logout(issuer=parts.settings.issuer, keys=parts.keys, policies=parts.policies, clock=parts.clock)
    return (
        oidc_views.blueprint(cookies=parts.cookies, pages=parts.pages),
        logout_views.blueprint(
            logout=logout, transactions=parts.transactions, cookies=parts.cookies, csrf=csrf, pages=parts.pages
        ),
    )
