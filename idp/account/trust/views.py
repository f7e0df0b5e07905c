"""The page of trusted browsers."""

from collections.abc import Callable

from flask import Blueprint, Response

from idp.account.methods import Actor
from idp.account.trust.service import TrustedBrowsers
from idp.login.begun import Admitted
from idp.login.choices import CHOICE
from idp.web.desk import Desk

PATH = "/account/devices"
_STOP, _STOP_ALL = "untrust:", "untrust_all"
Guard = Callable[[Callable[..., Response]], Callable[..., Response]]


def blueprint(trusted: TrustedBrowsers, *, desk: Desk, require: Callable[[str], Guard]) -> Blueprint:
    """Return the page."""
    views = Blueprint("trust", __name__)

    @views.get(PATH)
    @require("")
    def listed(admitted: Admitted) -> Response:
        with desk.transactions.open() as tx:
            found = trusted.all_of(tx, admitted.user, desk.here())
        return desk.page("account/devices.html", {"devices": found})

    @views.post(PATH)
    @require("")
    def stop(admitted: Admitted) -> Response:
        choice = desk.form().get(CHOICE, "")
        actor = Actor(user=admitted.user, session=admitted.session, address=desk.here().address)
        with desk.transactions.open() as tx:
            if choice == _STOP_ALL:
                trusted.stop_all(tx, actor)
            elif choice.startswith(_STOP):
                trusted.stop(tx, actor, choice.removeprefix(_STOP))
        return desk.leave(PATH)

    return views
