"""The door: what leads people through a sign-in, what becomes of one that is finished, and its pages at the router."""

from collections.abc import Mapping

from idp.account import views as account_views
from idp.admin.clients import trial
from idp.admin.clients.trial import TrialFinisher
from idp.app import limits
from idp.app.parts import Parts
from idp.login import returning
from idp.login.away import Departures
from idp.login.endpoint import LoginEndpoint
from idp.login.finisher import Doors, Finisher
from idp.login.returning import ReturnFinisher
from idp.login.service import LoginService
from idp.oidc import authorization
from idp.oidc.response import AuthorizeFinisher
from idp.web.csrf import Csrf
from idp.web.wire import Route


def service(parts: Parts) -> LoginService:
    """Return what leads people from a demand to its answer."""
    finishers: Mapping[str, Finisher] = {
        authorization.PURPOSE: AuthorizeFinisher(issuer=parts.settings.issuer, tokens=parts.tokens),
        trial.PURPOSE: TrialFinisher(),
        returning.PURPOSE: ReturnFinisher(home=account_views.STOPPED),
    }
    return LoginService(
        transactions=parts.transactions,
        judge=parts.judge,
        doors=Doors(
            admits=limits.beginnings(parts).check,
            finishers=finishers,
            departures=Departures(issuer=parts.settings.issuer, keys=parts.keys),
        ),
        telling=parts.telling,
        assessor=parts.assessor,
        clock=parts.clock,
        tokens=parts.tokens,
        passwords=parts.passwords,
    )


def pages(parts: Parts, service: LoginService, csrf: Csrf) -> tuple[Route, ...]:
    """Return the pages of the interaction."""
    endpoint = LoginEndpoint(
        service, transactions=parts.transactions, pages=parts.pages, cookies=parts.cookies, csrf=csrf
    )
    return endpoint.routes()
