"""The console's pages of people: a list that is searched on the server, and one page for each person."""

from collections.abc import Callable, Mapping

from flask import Blueprint, Response

from idp.admin import access, listing
from idp.admin.access import Permission, Require, Role, may_change
from idp.admin.people.helping import KEPT, Helping
from idp.admin.people.service import Card, PeopleDesk
from idp.admin.staff import Staff
from idp.core.errors import NotFoundError
from idp.login.begun import Admitted
from idp.records.users.finding.store import SORTS
from idp.storage.tx import Tx
from idp.web.desk import Desk

HOME = "/admin/people"
Change = Callable[[Tx, Staff, str], object]
"""What may be pressed on a person's page; false where it came to nothing."""
Removal = Callable[[Tx, Staff, str, str], object]
"""What may be pressed beside one thing of theirs."""


def blueprint(desk: Desk, people: PeopleDesk, helping: Helping, *, require: Require) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_people", __name__)
    changes: Mapping[str, Change] = {
        "disable": helping.disable,
        "enable": helping.enable,
        "end_sessions": helping.end_sessions,
        "unlock": helping.unlock,
        "reset_factors": helping.reset_factors,
        "untrust": helping.untrust,
        "ask_to_enrol": helping.ask_to_enrol,
        "ask_no_longer": helping.ask_no_longer,
    }
    removals: Mapping[str, Removal] = {"untrust": helping.untrust, "remove_method": helping.remove_method}

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def listed(admitted: Admitted) -> Response:
        look = listing.read(desk.query(), sorts=SORTS)
        with desk.transactions.open() as tx:
            found, total = people.search(tx, look)
        values = {
            "staff": admitted.user,
            "people": found,
            "total": total,
            "look": look,
            "pages": listing.pages_of(total),
            "may_add": Permission.MANAGE in access.permissions_of(admitted.user.roles),
        }
        return desk.page("admin/people.html", values)

    @views.get(f"{HOME}/<user_id>")
    @access.guarded(require, Permission.LOOK)
    def one(admitted: Admitted, user_id: str) -> Response:
        with desk.transactions.open() as tx:
            card = _found(people, tx, user_id)
        return _page(admitted, card)

    @views.post(f"{HOME}/<user_id>")
    @access.guarded(require, Permission.HELP, action=access.PEOPLE)
    def change(admitted: Admitted, user_id: str) -> Response:
        choice, _, thing = desk.form().get("choice", "").partition(":")
        if choice not in (removals if thing else changes):
            raise NotFoundError
        staff = Staff(user=admitted.user, session=admitted.session, address=desk.here().address)
        with desk.transactions.open() as tx:
            if thing:
                removals[choice](tx, staff, user_id, thing)
                is_refused = False
            else:
                is_refused = changes[choice](tx, staff, user_id) is False
        if is_refused:
            with desk.transactions.open() as tx:
                card = _found(people, tx, user_id)
            return _page(admitted, card, is_refused=True)
        return desk.leave(f"{HOME}/{user_id}?done={choice}")

    def _page(admitted: Admitted, card: Card, *, is_refused: bool = False) -> Response:
        is_self, may = admitted.user.id == card.user.id, access.permissions_of(admitted.user.roles)
        is_open = may_change(admitted.user.roles, card.user.roles, is_self=is_self)
        done = desk.query().get("done", "")
        values = {
            "staff": admitted.user,
            "card": card,
            "may_manage": is_open and Permission.MANAGE in may,
            "may_help": is_open and Permission.HELP in may,
            "roles": tuple(Role) if Permission.OWN in may and not is_self else (),
            "done": done if done in (*changes, *removals, "roles", "added") and not is_refused else "",
            "is_refused": is_refused,
            "kept": KEPT,
        }
        return desk.page("admin/person.html", values, status=422 if is_refused else 200)

    return views


def _found(people: PeopleDesk, tx: Tx, user_id: str) -> Card:
    card = people.card(tx, user_id)
    if card is None:
        raise NotFoundError
    return card
