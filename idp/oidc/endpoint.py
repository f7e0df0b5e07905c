"""`GET /authorize` at the router: read, begun, and the browser sent on (RFC 6749 §3.1, OIDC Core 1.0 §3.1.2).

Most answers are a redirect and show nothing, so they cost no page machinery. What has to be shown — an answer that is
posted by a form, a refusal — is the view's (`oidc/views.py`), which is told what came of the request.
"""

from idp.core.errors import PageError
from idp.login.begun import Asked, Finished
from idp.oidc.authorization import Authorization
from idp.storage.tx import Tx
from idp.web.cookies import Cookies
from idp.web.current import browser_behind
from idp.web.headers import headers_of
from idp.web.wire import Drawn, Pairs, Request, Response

PATH = "/authorize"


class AuthorizationEndpoint:
    """Answers `GET /authorize`."""

    def __init__(self, *, authorization: Authorization, cookies: Cookies) -> None:
        self._authorization = authorization
        self._cookies = cookies
        self._headers: Pairs = headers_of(is_https=cookies.is_secure)

    def handle(self, request: Request, tx: Tx) -> Response | Drawn:
        """Begin, and send the browser to the application or to the first page. Raises PageError."""
        browser = browser_behind(request.headers, path=PATH, address=request.address, cookies=self._cookies)
        begun = self._authorization.begin(tx, request.query, browser)
        if isinstance(begun, Finished) and begun.answer.fields is not None:
            return Drawn(shows=begun)
        location = begun.path if isinstance(begun, Asked) else begun.answer.url
        headers = (("Location", location), *self._headers, *self._cookies.lines(begun.cookies))
        return Response(status=303, headers=headers)


def malformed() -> PageError:
    """Return the refusal of a request that is no text."""
    return PageError("invalid_request", "The request is not well-formed.")
