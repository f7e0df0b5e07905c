"""`/authorize` (RFC 6749 §3.1, OIDC Core 1.0 §3.1.2).

GET begins; POST is answered 303 to its own GET, because a cross-site POST brings no Lax cookie and the GET after it
does (architecture.md §3). HEAD would begin something that nobody looks at, so it is refused (SES-25). No other origin's
scripts are let in here (SES-17).
"""

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from idp.core.errors import PageError
from idp.login.begun import Asked
from idp.oidc.authorization import Authorization
from idp.web.cookies import Cookies
from idp.web.current import browser
from idp.web.pages import Pages
from idp.web.pairs import MAX_QUERY, MalformedError, parse_pairs, query_of
from idp.web.transaction import Transactions
from idp.web.wire import Pairs

_PATH = "/authorize"
_FORM = "application/x-www-form-urlencoded"


def blueprint(*, authorization: Authorization, transactions: Transactions, cookies: Cookies, pages: Pages) -> Blueprint:
    """Return the authorization endpoint."""
    views = Blueprint("oidc", __name__)

    @views.get(_PATH)
    def authorize() -> Response:
        if request.method == "HEAD":
            raise MethodNotAllowed(valid_methods=["GET", "POST"])
        with transactions.open() as tx:
            begun = authorization.begin(tx, _query(), browser(request, cookies))
        if isinstance(begun, Asked):
            response = pages.leave(begun.path)
        else:
            response = pages.leave(begun.answer.url, begun.answer.fields)
        cookies.apply(response, begun.cookies)
        return response

    @views.post(_PATH)
    def authorize_by_post() -> Response:
        query = urlencode(_form(), quote_via=quote)
        if len(query) > MAX_QUERY:
            raise _malformed()
        return pages.leave(f"{_PATH}?{query}" if query else _PATH)

    return views


def _query() -> Pairs:
    try:
        return query_of(request.environ)
    except MalformedError as error:
        raise _malformed() from error


def _form() -> Pairs:
    """Return the body's parameters; the query of a POST does not count (OAU-07)."""
    if request.mimetype != _FORM:
        return ()
    try:
        return parse_pairs(request.get_data(cache=False))
    except MalformedError as error:
        raise _malformed() from error


def _malformed() -> PageError:
    return PageError("invalid_request", "The request is not well-formed.")
