"""The console's first page, and what the machine is set to."""

from collections.abc import Mapping

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.overview.service import DAYS, overview
from idp.core.clock import Clock
from idp.login.begun import Admitted
from idp.web.desk import Desk

HOME = "/admin/"


def blueprint(desk: Desk, *, clock: Clock, settings: Mapping[str, str], require: Require) -> Blueprint:
    """Return the pages; `settings` are shown as they are, so none of them may be a secret."""
    views = Blueprint("admin_overview", __name__)

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def home(admitted: Admitted) -> Response:
        with desk.transactions.open() as tx:
            figures = overview(tx, now=clock.now())
        return desk.page("admin/overview.html", {"staff": admitted.user, "figures": figures, "days": DAYS})

    @views.get(f"{HOME}settings")
    @access.guarded(require, Permission.LOOK)
    def shown(admitted: Admitted) -> Response:
        return desk.page("admin/settings.html", {"staff": admitted.user, "settings": settings})

    return views
