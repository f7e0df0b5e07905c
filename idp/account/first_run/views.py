"""The page of the first run: the token, a name, a password; then the ordinary sign-in sets up a strong factor."""

from flask import Blueprint, Response, request

from idp.account.first_run.service import PATH, FirstRun, Wanted
from idp.core.errors import Rejected
from idp.factors.password import MAX_LENGTH
from idp.login.spending import SpentError
from idp.records.users.model import is_username
from idp.storage.errors import ConflictError
from idp.web.desk import Desk

_TOKEN, _NAME, _PASSWORD = "token", "username", "new_password"


def blueprint(first: FirstRun, *, desk: Desk) -> Blueprint:
    """Return the page."""
    views = Blueprint("first_run", __name__)
    page = _Page(first, desk)
    views.add_url_rule(PATH, "show", page.show, methods=["GET"])
    views.add_url_rule(PATH, "submit", page.submit, methods=["POST"])
    return views


class _Page:
    def __init__(self, first: FirstRun, desk: Desk) -> None:
        self._first = first
        self._desk = desk

    def show(self) -> Response:
        """Ask for the token, a name and a password."""
        return self._asking("", {})

    def submit(self) -> Response:
        """Take them, or say which is wrong."""
        # Bound to no secret of this browser: here the browser must say that a page of ours sent it (login CSRF).
        self._desk.csrf.require_origin(request)
        form = self._desk.bare_form()
        token, username = form.get(_TOKEN, "").strip(), form.get(_NAME, "").strip()
        with self._desk.transactions.open() as tx:
            is_good, shortest = self._first.may_bring(tx, token), self._first.shortest(tx)
        if not is_good:
            return self._asking(_TOKEN, form)
        if not is_username(username):
            return self._asking(_NAME, form)
        chosen = self._first.choose(username, form.get(_PASSWORD, ""), shortest=shortest)
        if isinstance(chosen, Rejected):
            return self._asking(_PASSWORD, form, chosen.reason)
        return self._begun(Wanted(username=username, token=token, chosen=chosen), form)

    def _begun(self, wanted: Wanted, form: dict[str, str]) -> Response:
        try:
            with self._desk.transactions.open() as tx:
                asked = self._first.begin(tx, wanted, here=self._desk.here())
        except SpentError:
            return self._asking(_TOKEN, form)
        except ConflictError:
            return self._asking(_NAME, form, "taken")
        return self._desk.leave(asked.path, asked.cookies)

    def _asking(self, wrong: str, form: dict[str, str], error: str = "") -> Response:
        with self._desk.transactions.open() as tx:
            shortest = self._first.shortest(tx)
        values = {
            "wrong": wrong,
            "error": error,
            "brought": form.get(_TOKEN, "") if wrong != _TOKEN else "",
            "username": form.get(_NAME, ""),
            "shortest": shortest,
            "longest": MAX_LENGTH,
        }
        return self._desk.page("account/first_run.html", values, status=422 if wrong else 200)
