"""The console's page of one decision: what was asked, what was seen, and why it came out as it did."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.decisions.service import Explained, explained
from idp.admin.people.named import person_called
from idp.core.assurance import TraitsTable
from idp.core.errors import NotFoundError
from idp.login.begun import Admitted
from idp.records.decisions import store as decisions
from idp.records.users.finding import store as finding
from idp.risk.words import sentence
from idp.web.desk import Desk

HOME = "/admin/decisions"
_SHOWN = 100
OUTCOMES = ("finish", "refuse", "abandoned", "challenge", "enrol", "deny")
"""What may have come of it: of an interaction the first three, at any other gate the others."""


def blueprint(desk: Desk, *, traits: TraitsTable, require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_decisions", __name__)

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def listed(admitted: Admitted) -> Response:
        asked = desk.query().get("outcome", "")
        outcome = asked if asked in OUTCOMES else ""
        with desk.transactions.open() as tx:
            called = desk.asked("person").strip()
            person = person_called(tx, called)
            found = decisions.list_page(
                tx, limit=_SHOWN, outcome=outcome or None, user_id=person.id if person else None
            )
            found = () if called and person is None else found
            people = finding.by_id(tx, {each.user_id for each in found} - {""})
        values = {
            "staff": admitted.user,
            "decisions": found,
            "people": people,
            "person": person,
            "is_nobody": bool(called) and person is None,
            "outcome": outcome,
            "outcomes": OUTCOMES,
        }
        return desk.page("admin/decisions.html", values)

    @views.get(f"{HOME}/<decision_id>")
    @access.guarded(require, Permission.LOOK)
    def one(admitted: Admitted, decision_id: str) -> Response:
        with desk.transactions.open() as tx:
            found: Explained | None = explained(tx, decision_id, traits=traits)
        if found is None:
            raise NotFoundError
        return desk.page("admin/decision.html", {"staff": admitted.user, "found": found, "sentence": sentence})

    return views
