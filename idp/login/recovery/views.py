"""The pages of `/recover`: ask for a new password, choose it, say that something was not you.

None of them is bound to a session, so the browser itself must say that a form is ours (`require_origin`); what a form
may do, its link alone decides. Opening a link changes nothing.
"""

import re
from dataclasses import dataclass
from functools import partial

from flask import Blueprint, Response, request

from idp.core.clock import Clock
from idp.core.errors import NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.factors.password import MAX_LENGTH
from idp.login.recovery.links import PATHS
from idp.login.recovery.reporting import Reports
from idp.login.recovery.requesting import MAX_NAME, Requests
from idp.login.recovery.resetting import Done, Resets
from idp.records.users.links.model import Purpose
from idp.web.cookies import Cookies
from idp.web.csrf import Csrf
from idp.web.current import Browser, browser
from idp.web.forms import read_form
from idp.web.pages import Pages
from idp.web.transaction import Transactions

HOME = "/recover"
SENT, CHANGED, COOLING, SAFE = f"{HOME}/sent", f"{HOME}/changed", f"{HOME}/cooling", f"{HOME}/safe"
"""What was done, each on a page of its own: loaded again, it does nothing again."""
ACCOUNT = "/account/"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,128}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the pages stand on."""

    requests: Requests
    resets: Resets
    reports: Reports
    transactions: Transactions
    pages: Pages
    cookies: Cookies
    csrf: Csrf
    clock: Clock


def blueprint(parts: Parts) -> Blueprint:
    """Return the pages."""
    views = Blueprint("recovery", __name__)
    values = {"again": HOME, "home": ACCOUNT}
    for path, name in ((SENT, "sent"), (CHANGED, "changed"), (COOLING, "cooling"), (SAFE, "safe")):
        views.add_url_rule(path, name, partial(parts.pages.render, f"recover/{name}.html", values=values))
    asking, choosing, reporting = _AskPages(parts), _PasswordPages(parts), _ReportPages(parts)
    for path, verb, name, view in (
        (HOME, "GET", "asked", asking.show),
        (HOME, "POST", "ask", asking.take),
        (f"{PATHS[Purpose.RESET]}/<token>", "GET", "password", choosing.show),
        (f"{PATHS[Purpose.RESET]}/<token>", "POST", "choose", choosing.take),
        (f"{PATHS[Purpose.REPORT]}/<token>", "GET", "report", reporting.show),
        (f"{PATHS[Purpose.REPORT]}/<token>", "POST", "make_safe", reporting.take),
    ):
        views.add_url_rule(path, name, view, methods=[verb])
    return views


class _Desk:
    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def form(self) -> tuple[dict[str, str], Browser]:
        """Return the posted form, and the browser it comes from. Raises ForbiddenError for other sites' forms."""
        self._parts.csrf.require_origin(request)
        return dict(read_form(request)), browser(request, self._parts.cookies)

    def over(self) -> Response:
        """Say that a link can be used no more."""
        return self._parts.pages.render("recover/over.html", status=410, values={"again": HOME})

    def wait(self, rejected: Rejected | None) -> int | None:
        """Return how many seconds are left."""
        if rejected is None or rejected.until is None:
            return None
        return max(1, round((rejected.until - self._parts.clock.now()).total_seconds()))


class _AskPages(_Desk):
    """Whoever has forgotten says who they are."""

    def show(self) -> Response:
        """Ask for the name."""
        return self._page(None)

    def take(self) -> Response:
        """Answer everybody alike."""
        form, here = self.form()
        name = form.get("username", "")
        if not name.strip():
            return self._page(Rejected(Reason.NOTHING_TYPED))
        with self._parts.transactions.open() as tx:
            rejected = self._parts.requests.take(tx, name, here)
        return self._page(rejected, name) if rejected else self._parts.pages.leave(SENT)

    def _page(self, rejected: Rejected | None, name: str = "") -> Response:
        wait = self.wait(rejected)
        status = 200 if rejected is None else 422 if wait is None else 429
        values = {"error": rejected.reason if rejected else "", "wait": wait, "username": name[:MAX_NAME]}
        response = self._parts.pages.render("recover/ask.html", status=status, values=values)
        if wait is not None:
            response.headers["Retry-After"] = str(wait)
        return response


class _PasswordPages(_Desk):
    """A new password."""

    def show(self, token: str) -> Response:
        """Ask for it."""
        return self._page(token, None)

    def take(self, token: str) -> Response:
        """Change it."""
        form, here = self.form()
        result = self._parts.resets.take(_checked(token), form, here)
        if isinstance(result, Done):
            return self._parts.pages.leave(COOLING if result.cools_off else CHANGED)
        return self._page(token, result) if result else self.over()

    def _page(self, token: str, rejected: Rejected | None) -> Response:
        with self._parts.transactions.open() as tx:
            opened = self._parts.resets.opened(tx, _checked(token))
        if opened is None:
            return self.over()
        values = {
            "username": opened.user.username,
            "cools_off": opened.cools_off,
            "shortest": opened.shortest,
            "longest": MAX_LENGTH,
            "error": rejected.reason if rejected else "",
        }
        return self._parts.pages.render("recover/password.html", status=422 if rejected else 200, values=values)


class _ReportPages(_Desk):
    """It was not me."""

    def show(self, token: str) -> Response:
        """Say what the button does."""
        with self._parts.transactions.open() as tx:
            is_good = self._parts.reports.is_good(tx, _checked(token))
        return self._parts.pages.render("recover/not_me.html", values={}) if is_good else self.over()

    def take(self, token: str) -> Response:
        """Do it."""
        _, here = self.form()
        with self._parts.transactions.open() as tx:
            is_done = self._parts.reports.take(tx, _checked(token), here)
        return self._parts.pages.leave(SAFE) if is_done else self.over()


def _checked(token: str) -> str:
    """Return a token that may be looked for. Raises NotFoundError for what we never gave out."""
    if not _TOKEN.fullmatch(token):
        raise NotFoundError
    return token
