"""How the pages of what was forgotten, or was somebody else, are put together."""

from flask import Blueprint

from idp.app.parts import Parts
from idp.login.losing import views as losing_views
from idp.login.losing.service import Losses
from idp.login.recovery import views
from idp.login.recovery.links import MailedLinks
from idp.login.recovery.reporting import Reports
from idp.login.recovery.requesting import Requests
from idp.login.recovery.resetting import Resets
from idp.web.csrf import Csrf
from idp.web.desk import Desk


def losing_pages(parts: Parts, csrf: Csrf) -> Blueprint:
    """Return the pages of whoever has lost every second factor."""
    losses = Losses(
        policies=parts.policies,
        links=MailedLinks(issuer=parts.settings.issuer, tokens=parts.tokens),
        sender=parts.sender,
        telling=parts.telling,
        clock=parts.clock,
        tokens=parts.tokens,
    )
    desk = Desk(transactions=parts.transactions, pages=parts.pages, cookies=parts.cookies, csrf=csrf)
    return losing_views.blueprint(losses, desk=desk, clock=parts.clock)


def pages(parts: Parts, csrf: Csrf) -> Blueprint:
    """Return the pages of `/recover`."""
    links = MailedLinks(issuer=parts.settings.issuer, tokens=parts.tokens)
    desk = views.Parts(
        requests=Requests(links=links, sender=parts.sender, clock=parts.clock),
        resets=Resets(
            transactions=parts.transactions,
            policies=parts.policies,
            passwords=parts.passwords,
            telling=parts.telling,
            clock=parts.clock,
            tokens=parts.tokens,
        ),
        reports=Reports(telling=parts.telling, clock=parts.clock, tokens=parts.tokens),
        transactions=parts.transactions,
        pages=parts.pages,
        cookies=parts.cookies,
        csrf=csrf,
        clock=parts.clock,
    )
    return views.blueprint(desk)
