"""Where a request begins, at `/par` or `/authorize`, and where browsers leave, at `/logout`."""

from flask import Blueprint

from idp.app import limits
from idp.app.parts import Parts
from idp.login.service import LoginService
from idp.oidc import routes as machine_routes
from idp.oidc import views as oidc_views
from idp.oidc.authorization import Authorization
from idp.oidc.endpoint import AuthorizationEndpoint
from idp.oidc.logout import views as logout_views
from idp.oidc.logout.service import Logout
from idp.oidc.pushed_requests import PushedRequests
from idp.oidc.pushing import PushingEndpoint
from idp.web.csrf import Csrf
from idp.web.wire import Route


def beginnings(parts: Parts, service: LoginService) -> tuple[Route, ...]:
    """Return where a relying party's request begins."""
    pushed = PushedRequests(clock=parts.clock, tokens=parts.tokens)
    begins = Authorization(
        issuer=parts.settings.issuer, service=service, policies=parts.policies, keys=parts.keys, pushed=pushed
    )
    pushing = PushingEndpoint(
        authorization=begins, pushed=pushed, clock=parts.clock, admits=limits.beginnings(parts).check
    )
    return (
        machine_routes.authorize(AuthorizationEndpoint(authorization=begins, cookies=parts.cookies)),
        machine_routes.push(pushing),
    )


def pages(parts: Parts, csrf: Csrf) -> tuple[Blueprint, ...]:
    """Return the blueprints."""
    logout = Logout(issuer=parts.settings.issuer, keys=parts.keys, policies=parts.policies, clock=parts.clock)
    return (
        oidc_views.blueprint(cookies=parts.cookies, pages=parts.pages),
        logout_views.blueprint(
            logout=logout, transactions=parts.transactions, cookies=parts.cookies, csrf=csrf, pages=parts.pages
        ),
    )
