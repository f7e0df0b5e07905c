"""The console's page of all sessions."""

from urllib.parse import urlencode

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.sessions.service import SessionsDesk, read
from idp.admin.staff import Staff
from idp.core.errors import NotFoundError
from idp.login.begun import Admitted
from idp.records.users.model import User
from idp.web.desk import Desk

HOME = "/admin/sessions"


def blueprint(desk: Desk, sessions: SessionsDesk, *, require: Require) -> Blueprint:
    """Return the page."""
    views = Blueprint("admin_sessions", __name__)

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def listed(admitted: Admitted) -> Response:
        look = read(desk.query())
        with desk.transactions.open() as tx:
            found = sessions.search(tx, look)

        def may_end(user: User | None) -> bool:
            is_self = user is not None and user.id == admitted.user.id
            may = Permission.HELP in access.permissions_of(admitted.user.roles)
            return user is not None and may and access.may_change(admitted.user.roles, user.roles, is_self=is_self)

        at, last = look.place_of(found.rows[-1].session) if found.rows else (None, "")
        values = {
            "staff": admitted.user,
            "found": found,
            "look": look,
            "further": look.query(at=at.isoformat(), id=last) if at and found.is_more else "",
            "may_end": may_end,
            "own": admitted.session.id,
            "is_done": desk.asked("done") == "end",
        }
        return desk.page("admin/sessions.html", values)

    @views.post(HOME)
    @access.guarded(require, Permission.HELP, action=access.PEOPLE)
    def change(admitted: Admitted) -> Response:
        verb, _, session_id = desk.form().get("choice", "").partition(":")
        if verb != "end":
            raise NotFoundError
        staff = Staff(user=admitted.user, session=admitted.session, address=desk.here().address)
        with desk.transactions.open() as tx:
            sessions.end(tx, staff, session_id)
        return desk.leave(f"{HOME}?{urlencode({**desk.query(), 'done': 'end'})}")

    return views
