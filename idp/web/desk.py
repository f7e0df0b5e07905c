"""What every page of ours for somebody signed in needs of the request in hand: its form, its browser, its answer.

The forms of these pages carry a token bound to the session's secret (SES-04).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, request

from idp.web.cookies import CookieChange, Cookies
from idp.web.csrf import FIELD, Csrf
from idp.web.current import Browser, browser
from idp.web.forms import read_form
from idp.web.headers import PageClass
from idp.web.pages import Pages
from idp.web.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Reads requests and writes answers of one family of pages."""

    transactions: Transactions
    pages: Pages
    cookies: Cookies
    csrf: Csrf

    def here(self) -> Browser:
        """Return the browser in front of us."""
        return browser(request, self.cookies)

    def form(self) -> dict[str, str]:
        """Return the posted form. Raises ForbiddenError when it does not come from a page of this session."""
        form = dict(read_form(request))
        self.csrf.check(request, token=form.get(FIELD, ""), secret=self.here().session)
        return form

    def bare_form(self) -> dict[str, str]:
        """Return the posted form of a page that is bound to no session; the view sees to where it comes from."""
        return dict(read_form(request))

    def file(self, name: str) -> bytes | None:
        """Return a file that was chosen in a form; None where none was."""
        found = request.files.get(name)
        return found.read() if found is not None and found.filename else None

    def asked(self, name: str) -> str:
        """Return a parameter of the address."""
        return request.args.get(name, "")

    def query(self) -> Mapping[str, str]:
        """Return the parameters of the address, the first of each name."""
        return request.args

    def page(
        self, template: str, values: Mapping[str, object], *, status: int = 200, kind: PageClass = PageClass.OWN
    ) -> Response:
        """Return one page."""
        token = self.csrf.token(self.here().session)
        shown = {**values, "csrf_token": token}
        return self.pages.render(template, status=status, page=kind, values=shown)

    def leave(self, path: str, cookies: tuple[CookieChange, ...] = ()) -> Response:
        """Send the browser to another page of ours."""
        response = self.pages.leave(path)
        self.cookies.apply(response, cookies)
        return response
