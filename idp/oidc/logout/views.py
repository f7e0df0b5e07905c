"""`/logout` (OpenID Connect RP-Initiated Logout 1.0 §2): GET and POST, and the page that asks.

A POST from a relying party brings no Lax cookie, so it is answered 303 to its own GET, as at `/authorize`; the POST of
our own page carries a CSRF token and is the person's answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request
from werkzeug.exceptions import MethodNotAllowed

from idp.core.errors import PageError
from idp.oidc.logout.request import LogoutRequest, parse
from idp.oidc.logout.service import Leaving, Logout
from idp.web.cookies import CookieChange, Cookies, Jar
from idp.web.csrf import FIELD, Csrf
from idp.web.current import browser
from idp.web.forms import read_form
from idp.web.headers import PageClass
from idp.web.pages import Pages
from idp.web.pairs import MAX_QUERY, MalformedError, query_of
from idp.web.transaction import Transactions
from idp.web.wire import Pairs

_PATH = "/logout"
_GONE = (CookieChange(jar=Jar.SESSION, value=""), CookieChange(jar=Jar.LOGIN, value=""))


def blueprint(*, logout: Logout, transactions: Transactions, cookies: Cookies, csrf: Csrf, pages: Pages) -> Blueprint:
    """Return the logout endpoint."""
    views = Blueprint("logout", __name__)
    endpoint = _Endpoint(logout=logout, transactions=transactions, cookies=cookies, csrf=csrf, pages=pages)
    views.add_url_rule(_PATH, "ask", endpoint.ask, methods=["GET"])
    views.add_url_rule(_PATH, "take", endpoint.take, methods=["POST"])
    return views


@dataclass(frozen=True, slots=True, kw_only=True)
class _Endpoint:
    logout: Logout
    transactions: Transactions
    cookies: Cookies
    csrf: Csrf
    pages: Pages

    def ask(self) -> Response:
        """Sign out where the request is sure to be about this session; ask the person where it is not."""
        if request.method == "HEAD":
            raise MethodNotAllowed(valid_methods=["GET", "POST"])
        wish, here = parse(_query()), browser(request, self.cookies)
        with self.transactions.open() as tx:
            leaving = self.logout.look(tx, wish, here)
            if leaving.session is not None and leaving.is_sure:
                self.logout.end(tx, leaving.session, here)
        if leaving.session is None:
            return self._after(leaving)
        if leaving.is_sure:
            return self._forgotten(self._after(leaving))
        return self._question(leaving, wish, self.csrf.token(here.session))

    def take(self) -> Response:
        """Take the person's answer; a relying party's POST is sent on to GET."""
        form = read_form(request)
        if FIELD not in form:
            return self._to_get(form)
        self.csrf.check_origin(request)
        wish, here = parse(tuple(form.items())), browser(request, self.cookies)
        if here.session:
            self.csrf.check(request, token=form[FIELD], secret=here.session)
        with self.transactions.open() as tx:
            leaving = self.logout.look(tx, wish, here)
            if leaving.session is not None:
                self.logout.end(tx, leaving.session, here)
        return self._forgotten(self._after(leaving))

    def _after(self, leaving: Leaving) -> Response:
        if leaving.target:
            return self.pages.leave(leaving.target)
        values = {"client_name": leaving.client_name}
        return self.pages.render("logout/done.html", page=PageClass.INTERACTION, values=values)

    def _forgotten(self, response: Response) -> Response:
        # Only with a session that has ended: a stranger's link must not take away a sign-in that has begun.
        self.cookies.apply(response, _GONE)
        return response

    def _question(self, leaving: Leaving, wish: LogoutRequest, token: str) -> Response:
        values = {"client_name": leaving.client_name, "csrf_token": token, "fields": wish.fields()}
        return self.pages.render("logout/confirm.html", page=PageClass.INTERACTION, values=values)

    def _to_get(self, form: Mapping[str, str]) -> Response:
        query = urlencode(form, quote_via=quote)
        if len(query) > MAX_QUERY:
            raise PageError("invalid_request", "The logout request is too long.")
        return self.pages.leave(f"{_PATH}?{query}" if query else _PATH)


def _query() -> Pairs:
    try:
        return query_of(request.environ)
    except MalformedError as error:
        raise PageError("invalid_request", "The logout request is not well-formed.") from error
