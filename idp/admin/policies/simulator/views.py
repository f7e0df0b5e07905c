"""The console's simulator: a question in the address, so that a colleague can be sent it, and the answer's trace."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.policies.showing import HOME
from idp.admin.policies.simulator.answering import AGES, FIELDS, Answering
from idp.core.clock import Clock
from idp.login.begun import Admitted
from idp.records.bundles.drafts import store as drafts
from idp.web.desk import Desk

_SHOWN = 50


def blueprint(desk: Desk, answering: Answering, *, clock: Clock, require: Require) -> Blueprint:
    """Return the page. It takes the right to edit: it says of anybody what they have set up (ADM-09)."""
    views = Blueprint("admin_policy_simulator", __name__)

    @views.get(f"{HOME}/simulator")
    @access.guarded(require, Permission.MANAGE)
    def shown(admitted: Admitted) -> Response:
        query = desk.query()
        with desk.transactions.open() as tx:
            live = answering.live(tx)
            problems, answers = answering.answer(tx, live, query, now=clock.now())
            values = {
                "staff": admitted.user,
                "asked": {name: query.get(name, "") for name in FIELDS},
                "given": {factor: query.get(f"with.{factor}", "") for factor in live.order},
                "live": live,
                "ages": AGES,
                "drafts": drafts.list_drafts(tx, limit=_SHOWN),
                "problems": problems,
                "answers": answers,
            }
        return desk.page("admin/simulator.html", values, status=422 if problems else 200)

    return views
