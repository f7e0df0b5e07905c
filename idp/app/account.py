"""What the account is made of."""

from flask import Blueprint

from idp.account import views as account_views
from idp.account.devices import SignedInDevices
from idp.account.methods import SignInMethods
from idp.app.parts import Parts
from idp.login import views as login_views
from idp.login.notices import Notices
from idp.login.service import LoginService
from idp.login.standing import Judge
from idp.web.csrf import Csrf


def pages(parts: Parts, login: LoginService, csrf: Csrf) -> Blueprint:
    """Return the pages of the signed-in person."""
    judge = Judge(policies=parts.policies, build_factors=parts.build_factors)
    desk = account_views.Parts(
        login=login,
        methods=SignInMethods(judge=judge, notices=Notices(sender=parts.sender), clock=parts.clock),
        devices=SignedInDevices(policies=parts.policies, clock=parts.clock),
        transactions=parts.transactions,
        pages=parts.pages,
        cookies=parts.cookies,
        csrf=csrf,
    )
    home = account_views.STOPPED
    guard = login_views.require(
        login, transactions=parts.transactions, pages=parts.pages, cookies=parts.cookies, home=home
    )
    return account_views.blueprint(desk, require=guard)
