"""The console's page of signing keys."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.login.begun import Admitted
from idp.records.audit import store as audit
from idp.records.keys import store as keys
from idp.records.keys.service import KeyRing
from idp.web.desk import Desk

HOME = "/admin/keys"


def blueprint(desk: Desk, ring: KeyRing, *, clock: Clock, require: Require) -> Blueprint:
    """Return the page."""
    views = Blueprint("admin_keys", __name__)

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def listed(admitted: Admitted) -> Response:
        with desk.transactions.open() as tx:
            found = keys.list_keys(tx)
        may_change = Permission.OWN in access.permissions_of(admitted.user.roles)
        return desk.page("admin/keys.html", {"staff": admitted.user, "keys": found, "may_change": may_change})

    @views.post(HOME)
    @access.guarded(require, Permission.OWN, action=access.KEYS)
    def change(admitted: Admitted) -> Response:
        verb, _, name = desk.form().get("choice", "").partition(":")
        staff = Staff(user=admitted.user, session=admitted.session, address=desk.here().address)
        with desk.transactions.open(durable=True) as tx:
            known = keys.list_keys(tx)
            if verb == "rotate" and any(key.alg == name for key in known):
                ring.rotate(tx, name)
            elif verb == "retire" and any(key.kid == name for key in known):
                ring.retire(tx, name)
            else:
                raise NotFoundError
            event = "key.rotated" if verb == "rotate" else "key.retired"
            audit.add(tx, staff.event(event, at=clock.now(), details={"key": name}))
        return desk.leave(HOME)

    return views
