"""What is posted from a person's page to give them a role in the console, or take one."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require, Role
from idp.admin.people.roles.service import Appointing
from idp.admin.staff import Staff
from idp.core.errors import NotFoundError
from idp.login.begun import Admitted
from idp.web.desk import Desk


def blueprint(desk: Desk, appointing: Appointing, *, home: str, require: Require) -> Blueprint:
    """Return what takes the forms; `home` is where people are listed."""
    views = Blueprint("admin_roles", __name__)
    changes = {"give": appointing.give, "take": appointing.take}

    @views.get(f"{home}/<user_id>/roles")
    @access.guarded(require, Permission.LOOK)
    def back(_admitted: Admitted, user_id: str) -> Response:
        # Whoever had to prove themselves first comes back by GET.
        return desk.leave(f"{home}/{user_id}")

    @views.post(f"{home}/<user_id>/roles")
    @access.guarded(require, Permission.OWN, action=access.PEOPLE)
    def change(admitted: Admitted, user_id: str) -> Response:
        verb, _, role = desk.form().get("choice", "").partition(":")
        if verb not in changes or role not in set(Role):
            raise NotFoundError
        staff = Staff(user=admitted.user, session=admitted.session, address=desk.here().address)
        with desk.transactions.open() as tx:
            changes[verb](tx, staff, user_id, Role(role))
        return desk.leave(f"{home}/{user_id}?done=roles")

    return views
