"""The console's page of delivery: channels, what was given up, and a test to oneself."""

from flask import Blueprint, Response

from idp.admin import access
from idp.admin.access import Permission, Require
from idp.admin.delivery.service import DeliveryDesk
from idp.admin.staff import Staff
from idp.core.errors import NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.login.begun import Admitted
from idp.web.desk import Desk

HOME = "/admin/delivery"
_GONE = Rejected(Reason.CODE_USED)
"""It was not given up, or nothing is left of it."""


def blueprint(desk: Desk, delivery: DeliveryDesk, *, require: Require) -> Blueprint:
    """Return the page."""
    views = Blueprint("admin_delivery", __name__)
    changes = {"retry": delivery.retry, "let_go": delivery.let_go}

    @views.get(HOME)
    @access.guarded(require, Permission.LOOK)
    def shown(admitted: Admitted) -> Response:
        return _page(admitted, done=desk.asked("done"), tested=desk.asked("tested"))

    @views.post(HOME)
    @access.guarded(require, Permission.HELP, action=access.PEOPLE)
    def change(admitted: Admitted) -> Response:
        verb, _, name = desk.form().get("choice", "").partition(":")
        here = desk.here()
        staff = Staff(user=admitted.user, session=admitted.session, address=here.address)
        if verb == "test":
            with desk.transactions.open() as tx:
                sent = delivery.test(tx, staff, name, here.wants)
            if isinstance(sent, Rejected):
                return _page(admitted, refused=sent)
            return desk.leave(f"{HOME}?tested={sent}")
        if verb not in changes:
            raise NotFoundError
        with desk.transactions.open() as tx:
            is_done = changes[verb](tx, staff, name)
        return desk.leave(f"{HOME}?done={verb}") if is_done else _page(admitted, refused=_GONE)

    def _page(admitted: Admitted, *, done: str = "", tested: str = "", refused: Rejected | None = None) -> Response:
        with desk.transactions.open() as tx:
            board = delivery.board(tx, admitted.user)
            test = delivery.tested(tx, admitted.user, tested) if tested else None
        values = {
            "staff": admitted.user,
            "board": board,
            "may_help": Permission.HELP in access.permissions_of(admitted.user.roles),
            "done": done if done in changes else "",
            "test": test,
            "error": refused.reason if refused else "",
            "wait": (refused.until - board.at).total_seconds() if refused and refused.until else 0,
        }
        return desk.page("admin/delivery.html", values, status=_status(refused))

    return views


def _status(refused: Rejected | None) -> int:
    if refused is None:
        return 200
    return 429 if refused.reason == Reason.SEND_LIMITED else 422
