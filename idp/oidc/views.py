"""`/authorize` where a page is needed, or the method is another (RFC 6749 §3.1, OIDC Core 1.0 §3.1.2).

GET has begun at the router (`oidc/endpoint.py`); what came of it is shown here when it is no redirect. POST is answered
303 to its own GET, because a cross-site POST brings no Lax cookie and the GET after it does (architecture.md §3). HEAD
would begin something that nobody looks at, so it is refused (SES-25). No other origin's scripts are let in here
(SES-17).
"""

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from idp.login.begun import Finished
from idp.oidc.endpoint import PATH, malformed
from idp.web.cookies import Cookies
from idp.web.pages import Pages
from idp.web.pairs import MAX_QUERY, MalformedError, parse_pairs
from idp.web.router import CAME_OF_IT
from idp.web.wire import Pairs

_FORM = "application/x-www-form-urlencoded"


def blueprint(*, cookies: Cookies, pages: Pages) -> Blueprint:
    """Return the pages of the authorization endpoint."""
    views = Blueprint("oidc", __name__)

    @views.get(PATH)
    def authorize() -> Response:
        if request.method == "HEAD":
            raise MethodNotAllowed(valid_methods=["GET", "POST"])
        match request.environ.get(CAME_OF_IT):
            case Finished(answer=answer, cookies=changes):
                response = pages.leave(answer.url, answer.fields)
                cookies.apply(response, changes)
                return response
            case Exception() as error:
                raise error
        raise NotFound  # another spelling of the path, which the router does not know

    @views.post(PATH)
    def authorize_by_post() -> Response:
        query = urlencode(_form(), quote_via=quote)
        if len(query) > MAX_QUERY:
            raise malformed()
        return pages.leave(f"{PATH}?{query}" if query else PATH)

    return views


def _form() -> Pairs:
    """Return the body's parameters; the query of a POST does not count (OAU-07)."""
    if request.mimetype != _FORM:
        return ()
    try:
        return parse_pairs(request.get_data(cache=False))
    except MalformedError as error:
        raise malformed() from error
