"""The console's pages of what somebody begins with: a form for a new person, and what is drawn for one, shown once."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require, Route
from idp.admin.people.registering import NewPerson, Registering
from idp.admin.staff import Staff
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.login.begun import Admitted
from idp.records.users import store as users
from idp.web.desk import Desk


def blueprint(desk: Desk, registering: Registering, *, home: str, begin_at: str, require: Require) -> Blueprint:
    """Return the pages; `home` is where people are listed, and `begin_at` the page on which a ticket is used."""
    views = Blueprint("admin_beginning", __name__)
    pages = _Pages(desk, registering, home, begin_at)
    access.mount(
        views.add_url_rule,
        require,
        (
            Route("GET", f"{home}/new", "blank", pages.blank, Permission.MANAGE, access.PEOPLE),
            Route("POST", f"{home}/new", "add", pages.add, Permission.MANAGE, access.PEOPLE),
            Route("GET", f"{home}/<user_id>/beginning", "back", pages.back),
            Route("POST", f"{home}/<user_id>/beginning", "draw", pages.draw, Permission.HELP, access.PEOPLE),
        ),
    )
    return views


class _Pages:
    """What the pages do."""

    def __init__(self, desk: Desk, registering: Registering, home: str, begin_at: str) -> None:
        self._desk = desk
        self._registering = registering
        self._home = home
        self._begin_at = begin_at

    def blank(self, admitted: Admitted) -> Response:
        """Show the form of a new person."""
        return self._form(admitted, NewPerson(username=""))

    def add(self, admitted: Admitted) -> Response:
        """Add somebody, who has nothing to sign in with yet; or say beside each field what is wrong."""
        form = self._desk.form()
        new = NewPerson(
            username=form.get("username", "").strip(),
            display_name=form.get("display_name", "").strip(),
            email=form.get("email", "").strip(),
            is_email_verified=bool(form.get("email_verified")),
            groups=tuple(dict.fromkeys(form.get("groups", "").replace(",", " ").split())),
        )
        try:
            with self._desk.transactions.open() as tx:
                user = self._registering.add(tx, self._staff(admitted), new)
        except ConfigError as error:
            return self._form(admitted, new, error.problems)
        return self._desk.leave(f"{self._home}/{user.id}?done=added")

    def back(self, admitted: Admitted, user_id: str) -> Response:  # noqa: ARG002 -- every page is told who looks
        """Come back from a fresh proof: to the person, where drawing is one click away."""
        return self._desk.leave(f"{self._home}/{user_id}")

    def draw(self, admitted: Admitted, user_id: str) -> Response:
        """Draw a ticket or a code, and show it this once; whoever sends the form again draws another."""
        choice, staff = self._desk.form().get("choice", ""), self._staff(admitted)
        with self._desk.transactions.open() as tx:
            match choice:
                case "ticket":
                    drawn = self._registering.ticket(tx, staff, user_id)
                case "temporary_code":
                    drawn = self._registering.temporary_code(tx, staff, user_id)
                case _:
                    raise NotFoundError
            user = users.get(tx, user_id)
        values = {
            "staff": admitted.user,
            "user": user,
            "drawn": drawn,
            "begin_at": self._begin_at,
            "is_ticket": choice == "ticket",
        }
        return self._desk.page("admin/drawn.html", values)

    def _form(self, admitted: Admitted, new: NewPerson, problems: list[Problem] | None = None) -> Response:
        wrong = {problem.key: problem.text for problem in problems or []}
        values = {"staff": admitted.user, "new": new, "wrong": wrong}
        return self._desk.page("admin/person_new.html", values, status=422 if wrong else 200)

    def _staff(self, admitted: Admitted) -> Staff:
        return Staff(user=admitted.user, session=admitted.session, address=self._desk.here().address)
