"""One URL per interaction, at the router: GET shows where it stands, POST takes what was answered (architecture.md §3).

These pages are most of a sign-in, so they cost no page machinery but their template. A refusal that is no answer of the
interaction (whoever has no such interaction, a form that is not ours) is shown by `login/views.py`.
"""

import re

from msgspec import structs

from idp.core.errors import NotFoundError
from idp.login.away import PARAMETER
from idp.login.begun import Finished
from idp.login.presenting import page_of
from idp.login.replies import Away, Expired, Moved, Reply, Shown
from idp.login.service import LoginService
from idp.web.cookies import CookieChange, Cookies
from idp.web.csrf import FIELD, Csrf
from idp.web.current import Browser, browser_behind
from idp.web.forms import form_of
from idp.web.headers import PageClass, headers_of
from idp.web.pages import Pages
from idp.web.transaction import Transactions
from idp.web.wire import Alone, Request, Response, Route

PATH = "/login/<interaction_id>"
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_ANSWER = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}", re.ASCII)
"""A signed answer in the compact serialization (RFC 7515 §7.1)."""


class LoginEndpoint:
    """Answers for the pages of the interaction."""

    def __init__(
        self, service: LoginService, *, transactions: Transactions, pages: Pages, cookies: Cookies, csrf: Csrf
    ) -> None:
        self._service = service
        self._transactions = transactions
        self._pages = pages
        self._cookies = cookies
        self._csrf = csrf

    def routes(self) -> tuple[Route, ...]:
        """Return where it answers; the rest of these paths is a view's."""
        return (
            Route(methods=("GET", "HEAD"), path=PATH, handler=Alone(self.show), has_pages=True),
            Route(methods=("POST",), path=PATH, handler=Alone(self.submit), has_pages=True),
        )

    def show(self, request: Request) -> Response:
        """Show where the interaction stands. Raises NotFoundError."""
        with self._transactions.open(durable=False) as tx:
            reply, secret = self._service.show(tx, _id_in(request), self._browser(request))
        return self._respond(request, reply, self._csrf.token(secret))

    def submit(self, request: Request) -> Response:
        """Take what was posted. Raises ForbiddenError, PageError and NotFoundError."""
        self._csrf.check_origin(request)
        form = form_of(request.form)
        token = form.get(FIELD, "")

        def admits(secret: str) -> None:
            self._csrf.check(request, token=token, secret=secret)

        reply = self._service.submit(_id_in(request), self._browser(request), form, admits=admits)
        return self._respond(request, reply, token)

    def _browser(self, request: Request) -> Browser:
        return browser_behind(request.headers, path=request.path, address=request.address, cookies=self._cookies)

    def _respond(self, request: Request, reply: Reply, token: str) -> Response:
        match reply:
            case Finished(answer=answer) if answer.fields is not None:
                posted = {"url": answer.url, "fields": answer.fields}
                page = self._pages.draw(request, "form_post.html", page=PageClass.INTERACTION, values=posted)
                return _with(page, *self._cookies.lines(reply.cookies))
            case Finished(answer=answer):
                return self._away(answer.url, reply.cookies)
            case Moved():
                return self._away(request.path)
            case Away(url=url):
                return self._away(url)
            case Shown():
                return self._page(request, reply, token)
            case Expired(interaction=interaction):
                values = {"csrf_token": token, "may_leave": interaction.finished_at is None}
                return self._pages.draw(
                    request,
                    "login/expired.html",
                    status=410,
                    page=PageClass.INTERACTION,
                    values=values,
                    locales=interaction.demand.ui_locales,
                )

    def _away(self, url: str, cookies: tuple[CookieChange, ...] = ()) -> Response:
        """Send the browser on: 303 (RFC 9700 §4.12)."""
        own = (("Location", url), *self._cookies.lines(cookies))
        return Response(status=303, headers=headers_of(own, is_https=self._cookies.is_secure))

    def _page(self, request: Request, shown: Shown, token: str) -> Response:
        page = page_of(shown)
        asked = dict(reversed(request.query)) if request.method == "GET" else {}
        # Which of the page's two faces is shown is no state: the step and what it accepts are the same on both.
        is_choosing = asked.get("another") == "1"
        # An answer that was brought is no state either: it counts once it is posted.
        brought = asked.get(PARAMETER, "")
        values = {
            **page.values,
            "csrf_token": token,
            "is_choosing": is_choosing,
            "brought": brought if _ANSWER.fullmatch(brought) else "",
        }
        drawn = self._pages.draw(
            request,
            page.template,
            status=page.status,
            page=PageClass.INTERACTION,
            values=values,
            locales=page.locales,
        )
        return drawn if page.retry_after is None else _with(drawn, ("Retry-After", str(page.retry_after)))


def _with(response: Response, *headers: tuple[str, str]) -> Response:
    return structs.replace(response, headers=(*response.headers, *headers))


def _id_in(request: Request) -> str:
    """Return the id in the path, which may be looked for. Raises NotFoundError for what we never gave out."""
    interaction_id = request.path.rpartition("/")[2]
    if not _ID.fullmatch(interaction_id):
        raise NotFoundError
    return interaction_id
