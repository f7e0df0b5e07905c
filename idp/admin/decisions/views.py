"""The console's pages of decisions: a list, and of one what was asked, what was seen, and why it came out as it did."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Blueprint, Response

from idp.admin import access, listing
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
            behind = listing.place(desk.query())
            found = decisions.list_page(
                tx,
                limit=_SHOWN + 1,
                before=behind or (decisions.END, ""),
                outcome=outcome or None,
                user_id=person.id if person else None,
            )
            found = () if called and person is None else found
            found, is_more = found[:_SHOWN], len(found) > _SHOWN
            people = finding.by_id(tx, {each.user_id for each in found} - {""})
        look = {"person": person.username if person else "", "outcome": outcome}
        last = {"at": found[-1].at.isoformat(), "id": found[-1].id} if is_more else {}
        values = {
            "staff": admitted.user,
            "start": _address(look),
            "further": _address(look | last) if is_more else "",
            "is_behind": behind is not None,
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


def _address(look: Mapping[str, str]) -> str:
    return f"{HOME}?{urlencode({name: value for name, value in look.items() if value})}"
