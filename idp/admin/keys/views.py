"""The console's page of signing keys."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.keys.service import KeysDesk
from idp.admin.staff import Staff
from idp.core.errors import NotFoundError
from idp.login.begun import Admitted
from idp.web.desk import Desk

HOME = "/admin/keys"


def blueprint(desk: Desk, keys: KeysDesk, *, require: Require) -> Blueprint:
    """Return the page."""
    views = Blueprint("admin_keys", __name__)

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def listed(admitted: Admitted) -> Response:
        return _page(admitted)

    @views.post(HOME)
    @access.guarded(require, Permission.OWN, action=access.KEYS)
    def change(admitted: Admitted) -> Response:
        verb, _, name = desk.form().get("choice", "").partition(":")
        staff = Staff(user=admitted.user, session=admitted.session, address=desk.here().address)
        if verb not in ("rotate", "retire"):
            raise NotFoundError
        is_early = False
        with desk.transactions.open() as tx:
            if verb == "rotate":
                is_early = keys.rotate(tx, staff, name) is not None
            else:
                keys.retire(tx, staff, name)
        return _page(admitted, is_early=True) if is_early else desk.leave(HOME)

    def _page(admitted: Admitted, *, is_early: bool = False) -> Response:
        with desk.transactions.open() as tx:
            found = keys.all(tx)
        may_change = Permission.OWN in access.permissions_of(admitted.user.roles)
        values = {"staff": admitted.user, "keys": found, "may_change": may_change, "is_early": is_early}
        return desk.page("admin/keys.html", values, status=422 if is_early else 200)

    return views
