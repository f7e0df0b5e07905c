"""The page on which an account is deleted."""

from collections.abc import Callable

from flask import Blueprint, Response

from idp.account.deletion.service import ACTION, Deletion
from idp.account.methods import Actor
from idp.core.errors import Rejected
from idp.login.begun import Admitted
from idp.web.cookies import CookieChange, Jar
from idp.web.desk import Desk

PATH = "/account/delete"
GONE = "/account/deleted"
Guard = Callable[[Callable[..., Response]], Callable[..., Response]]


def blueprint(deletion: Deletion, *, desk: Desk, require: Callable[[str], Guard]) -> Blueprint:
    """Return the page, behind its action."""
    views = Blueprint("deletion", __name__)

    def page(admitted: Admitted, refused: Rejected | None = None) -> Response:
        values = {"user": admitted.user, "error": refused.reason if refused else ""}
        return desk.page("account/delete.html", values, status=422 if refused else 200)

    @views.get(PATH)
    @require(ACTION)
    def show(admitted: Admitted) -> Response:
        return page(admitted)

    @views.post(PATH)
    @require(ACTION)
    def submit(admitted: Admitted) -> Response:
        form, here = desk.form(), desk.here()
        actor = Actor(user=admitted.user, session=admitted.session, address=here.address, wants=here.wants)
        with desk.transactions.open() as tx:
            refused = deletion.delete(tx, actor, form.get("username", ""))
        if refused is not None:
            return page(admitted, refused)
        out = tuple(CookieChange(jar=jar, value="") for jar in (Jar.SESSION, Jar.DEVICE))
        return desk.leave(GONE, out)

    @views.get(GONE)
    def gone() -> Response:
        return desk.page("account/deleted.html", {})

    return views
