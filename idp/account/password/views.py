"""The page on which a password is changed."""

from collections.abc import Callable

from flask import Blueprint, Response

from idp.account.methods import Actor
from idp.account.password.service import ACTION, PasswordChange
from idp.core.errors import Rejected
from idp.factors.password import MAX_LENGTH
from idp.factors.password_rules import Strength
from idp.login.begun import Admitted
from idp.web.desk import Desk

PATH = "/account/password"
WELL_KNOWN = "/.well-known/change-password"
_STRENGTHS = frozenset(Strength)
Guard = Callable[[Callable[..., Response]], Callable[..., Response]]


def blueprint(change: PasswordChange, *, desk: Desk, require: Callable[[str], Guard]) -> Blueprint:
    """Return the page, behind its action."""
    views = Blueprint("password", __name__)

    def page(admitted: Admitted, shortest: int, error: str = "") -> Response:
        kept = desk.asked("kept")
        values = {
            "user": admitted.user,
            "shortest": shortest,
            "longest": MAX_LENGTH,
            "error": error,
            "kept": kept if kept in _STRENGTHS and not error else "",
        }
        return desk.page("account/password.html", values, status=422 if error else 200)

    def shortest_of(admitted: Admitted) -> int:
        with desk.transactions.open() as tx:
            return change.shortest(tx, admitted.user)

    @views.get(PATH)
    @require(ACTION)
    def show(admitted: Admitted) -> Response:
        return page(admitted, shortest_of(admitted))

    @views.post(PATH)
    @require(ACTION)
    def submit(admitted: Admitted) -> Response:
        form, shortest = desk.form(), shortest_of(admitted)
        chosen = change.choose(admitted.user, form.get("new_password", ""), shortest=shortest)
        if isinstance(chosen, Rejected):
            return page(admitted, shortest, chosen.reason)
        here = desk.here()
        actor = Actor(user=admitted.user, session=admitted.session, address=here.address, wants=here.wants)
        with desk.transactions.open() as tx:
            change.change(tx, actor, chosen, end_others=form.get("end_others") == "1")
        return desk.leave(f"{PATH}?kept={chosen.strength}")

    @views.get(WELL_KNOWN)
    def well_known() -> Response:
        """Lead password managers to the page (W3C, A Well-Known URL for Changing Passwords)."""
        return desk.leave(PATH)

    return views
