"""The pages of the protocol: `/authorize` and `/logout`."""

from flask import Blueprint

from idp.app.parts import Parts
from idp.login.service import LoginService
from idp.oidc import views as oidc_views
from idp.oidc.authorization import Authorization
from idp.oidc.logout import views as logout_views
from idp.oidc.logout.service import Logout
from idp.web.csrf import Csrf


def pages(parts: Parts, service: LoginService, csrf: Csrf) -> tuple[Blueprint, ...]:
    """Return the blueprints."""
    begins = Authorization(issuer=parts.settings.issuer, service=service, policies=parts.policies, keys=parts.keys)
    logout = Logout(issuer=parts.settings.issuer, keys=parts.keys, policies=parts.policies, clock=parts.clock)
    return (
        oidc_views.blueprint(
            authorization=begins, transactions=parts.transactions, cookies=parts.cookies, pages=parts.pages
        ),
        logout_views.blueprint(
            logout=logout, transactions=parts.transactions, cookies=parts.cookies, csrf=csrf, pages=parts.pages
        ),
    )
