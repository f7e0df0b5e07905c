"""The page on which a device approves sign-ins elsewhere: open, it looks by itself whether something waits.

Beside it lies the script that shows what a push service brings while the page is not open. A browser ties what it has
subscribed to the address of that script, so this one has no hash in it.
"""

from collections.abc import Callable

from flask import Blueprint, Response

from idp.account.approvals.notifying import Notifications
from idp.account.approvals.service import Approvals
from idp.account.methods import ACTION, Actor
from idp.core.reasons import Reason
from idp.login.begun import Admitted
from idp.login.choices import CHOICE
from idp.login.service import LoginService
from idp.login.setting_up import LABEL, MAX_LABEL
from idp.storage.errors import ConflictError
from idp.web.desk import Desk
from idp.web.static_files import FOLDER

PATH = "/account/approvals"
WORKER = "/account/approvals-worker.js"
_APPROVE = "approve:"
_DONE = ("approved", "denied")
Guard = Callable[[Callable[..., Response]], Callable[..., Response]]


def blueprint(
    approvals: Approvals,
    *,
    notifications: Notifications,
    login: LoginService,
    desk: Desk,
    home: str,
    require: Callable[[str], Guard],
) -> Blueprint:
    """Return the page."""
    views = Blueprint("approvals", __name__)
    page = _Page(approvals, notifications, login=login, desk=desk, home=home)
    worker = (FOLDER / "approvals-worker.js").read_bytes()
    views.add_url_rule(PATH, "show", require("")(page.show), methods=["GET"])
    views.add_url_rule(PATH, "submit", require("")(page.submit), methods=["POST"])

    @views.get(WORKER)
    def script() -> Response:
        headers = {"Cache-Control": "no-cache", "Vary": ""}
        return Response(worker, content_type="text/javascript; charset=utf-8", headers=headers)

    return views


class _Page:
    """Shows what waits, and takes what is decided."""

    def __init__(
        self, approvals: Approvals, notifications: Notifications, *, login: LoginService, desk: Desk, home: str
    ) -> None:
        self._approvals = approvals
        self._notifications = notifications
        self._login = login
        self._desk = desk
        self._home = home

    def show(self, admitted: Admitted, error: Reason | None = None, about: str = "") -> Response:
        """Show what waits for this person, and what this device may do."""
        with self._desk.transactions.open() as tx:
            found = self._notifications.desk_of(tx, self._actor(admitted), self._desk.here())
        told = self._desk.asked("done")
        values = {
            "found": found,
            "error": error or "",
            "about": about,
            "done": told if told in _DONE and error is None else "",
            "max_label": MAX_LABEL,
            "worker": WORKER,
        }
        return self._desk.page("account/approvals.html", values, status=422 if error else 200)

    def submit(self, admitted: Admitted) -> Response:
        """Take a decision, or turn this device on."""
        form = self._desk.form()
        match form.get(CHOICE, ""):
            case "prove":
                return self._proved(None)
            case "turn_on":
                return self._proved(form.get(LABEL, ""))
            case "tell":
                return self._told(admitted, form)
            case "tell_not":
                with self._desk.transactions.open() as tx:
                    self._notifications.turn_off(tx, self._actor(admitted), self._desk.here())
                return self._desk.leave(PATH)
            case "deny":
                with self._desk.transactions.open() as tx:
                    self._approvals.deny(tx, self._actor(admitted))
                return self._desk.leave(f"{PATH}?done=denied")
            case choice if choice.startswith(_APPROVE):
                return self._approve(admitted, choice.removeprefix(_APPROVE), form)
        return self._desk.leave(PATH)

    def _proved(self, label: str | None) -> Response:
        """Turn this device on under this name, if one is given; ask first for what that takes."""
        here = self._desk.here()
        with self._desk.transactions.open() as tx:
            asked = self._login.admit(tx, action=ACTION, path=PATH, home=self._home, browser=here)
            if isinstance(asked, Admitted) and label is not None:
                self._approvals.turn_on(tx, self._actor(asked), here, label)
        return self._desk.leave(PATH) if isinstance(asked, Admitted) else self._desk.leave(asked.path, asked.cookies)

    def _told(self, admitted: Admitted, form: dict[str, str]) -> Response:
        try:
            with self._desk.transactions.open() as tx:
                refused = self._notifications.turn_on(tx, self._actor(admitted), self._desk.here(), form)
        except ConflictError:
            refused = Reason.PUSH_REFUSED
        return self._desk.leave(PATH) if refused is None else self.show(admitted, refused)

    def _approve(self, admitted: Admitted, request_id: str, form: dict[str, str]) -> Response:
        number = form.get(f"number-{request_id}", "")
        with self._desk.transactions.open() as tx:
            refused = self._approvals.approve(tx, self._actor(admitted), self._desk.here(), request_id, number)
        if refused is not None:
            return self.show(admitted, refused, request_id)
        return self._desk.leave(f"{PATH}?done=approved")

    def _actor(self, admitted: Admitted) -> Actor:
        return Actor(user=admitted.user, session=admitted.session, address=self._desk.here().address)
