"""The page for whoever was given a ticket.

The ticket is typed, or put into the field from the link's fragment by a script: a fragment stays in the browser, so
that no log, no history of a proxy and no Referer ever holds one.
"""

from flask import Blueprint, Response, request

from idp.account.beginning.service import PATH, Bearer, Beginning
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.password import MAX_LENGTH
from idp.login.choosing import Chosen
from idp.login.spending import SpentError
from idp.web.desk import Desk


def blueprint(beginning: Beginning, *, desk: Desk) -> Blueprint:
    """Return the page."""
    views = Blueprint("begin", __name__)
    page = _Page(beginning, desk)
    views.add_url_rule(PATH, "show", page.show, methods=["GET"])
    views.add_url_rule(PATH, "submit", page.submit, methods=["POST"])
    return views


class _Page:
    def __init__(self, beginning: Beginning, desk: Desk) -> None:
        self._beginning = beginning
        self._desk = desk

    def show(self) -> Response:
        """Ask for the ticket."""
        return self._asking()

    def submit(self) -> Response:
        """Take the ticket, and from whoever has no password yet one of their choice."""
        # Bound to no secret of this browser: here the browser must say that a page of ours sent it (login CSRF).
        self._desk.csrf.require_origin(request)
        form = self._desk.bare_form()
        typed, password = form.get("ticket", "").strip(), form.get("new_password")
        with self._desk.transactions.open() as tx:
            bearer = self._beginning.look(tx, typed)
        if isinstance(bearer, Rejected):
            return self._asking(bearer.reason)
        if bearer.has_password:
            return self._begun(bearer, None)
        if password is None:
            return self._choosing(bearer, typed)
        chosen = self._beginning.choose(bearer, password)
        if isinstance(chosen, Rejected):
            return self._choosing(bearer, typed, chosen.reason)
        return self._begun(bearer, chosen)

    def _asking(self, error: str = "") -> Response:
        return self._desk.page("account/begin.html", {"error": error}, status=422 if error else 200)

    def _choosing(self, bearer: Bearer, typed: str, error: str = "") -> Response:
        values = {
            "user": bearer.user,
            "ticket": typed,
            "shortest": bearer.shortest,
            "longest": MAX_LENGTH,
            "error": error,
        }
        return self._desk.page("account/begin_password.html", values, status=422 if error else 200)

    def _begun(self, bearer: Bearer, chosen: Chosen | None) -> Response:
        try:
            with self._desk.transactions.open() as tx:
                asked = self._beginning.begin(tx, bearer, chosen, here=self._desk.here())
        except SpentError:
            return self._asking(Reason.CODE_USED)
        return self._desk.leave(asked.path, asked.cookies)
