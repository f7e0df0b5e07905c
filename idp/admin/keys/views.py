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
        with desk.transactions.open() as tx:
            found = keys.all(tx)
        may_change = Permission.OWN in access.permissions_of(admitted.user.roles)
        return desk.page("admin/keys.html", {"staff": admitted.user, "keys": found, "may_change": may_change})

    @views.post(HOME)
    @access.guarded(require, Permission.OWN, action=access.KEYS)
    def change(admitted: Admitted) -> Response:
        verb, _, name = desk.form().get("choice", "").partition(":")
        staff = Staff(user=admitted.user, session=admitted.session, address=desk.here().address)
        changes = {"rotate": keys.rotate, "retire": keys.retire}
        if verb not in changes:
            raise NotFoundError
        with desk.transactions.open(durable=True) as tx:
            changes[verb](tx, staff, name)
        return desk.leave(HOME)

    return views
