"""The console's pages of applications."""

import re

from flask import Blueprint, Response

from idp.admin import access, listing
from idp.admin.access import Permission, Require, Route
from idp.admin.clients.asking import asking_at
from idp.admin.clients.service import ClientsDesk, Registered, StaleError, document_of, has_secret, written
from idp.admin.clients.trial import Trials
from idp.admin.staff import Staff
from idp.core.errors import ConfigError, NotFoundError, Problem
from idp.login.begun import Admitted, Asked
from idp.login.policies import Policies
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.clients.store import SORTS
from idp.storage.tx import Tx
from idp.web.desk import Desk

HOME = "/admin/clients"
_VERSION = re.compile(r"[0-9]{1,9}", re.ASCII)
_TOLD = ("access_denied", "interaction_required", "login_required", "unmet_authentication_requirements")
"""What a sign-in that was tried may end in."""
_EXAMPLE = '{\n  "client_name": "Shop",\n  "redirect_uris": ["https://shop.example.com/callback"]\n}'


def blueprint(
    desk: Desk, applications: ClientsDesk, *, policies: Policies, trials: Trials, require: Require
) -> Blueprint:
    """Return the pages."""
    views = Blueprint("admin_clients", __name__)
    pages = _Pages(desk, applications, policies, trials)
    access.mount(
        views.add_url_rule,
        require,
        (
            Route("GET", HOME, "listed", pages.listed),
            Route("GET", f"{HOME}/new", "blank", pages.blank, Permission.MANAGE, access.CLIENTS),
            Route("POST", f"{HOME}/new", "register", pages.register, Permission.MANAGE, access.CLIENTS),
            Route("GET", f"{HOME}/<client_id>", "one", pages.one),
            Route("POST", f"{HOME}/<client_id>", "change", pages.change, Permission.MANAGE, access.CLIENTS),
            Route("POST", f"{HOME}/<client_id>/trial", "try_it", pages.try_it),
        ),
    )
    return views


class _Pages:
    """What the pages do."""

    def __init__(self, desk: Desk, applications: ClientsDesk, policies: Policies, trials: Trials) -> None:
        self._desk = desk
        self._applications = applications
        self._policies = policies
        self._trials = trials

    def listed(self, admitted: Admitted) -> Response:
        """Show one page of them."""
        look = listing.read(self._desk.query(), sorts=SORTS)
        with self._desk.transactions.open() as tx:
            found, total = self._applications.search(tx, look)
        may_add = Permission.MANAGE in access.permissions_of(admitted.user.roles)
        values = {
            "staff": admitted.user,
            "clients": found,
            "total": total,
            "look": look,
            "pages": listing.pages_of(total),
            "may_add": may_add,
        }
        return self._desk.page("admin/clients.html", values)

    def blank(self, admitted: Admitted) -> Response:
        """Show the form of a new one."""
        return self._new(admitted, _EXAMPLE)

    def register(self, admitted: Admitted) -> Response:
        """Register one, and show its secret this once."""
        text = self._desk.form().get("metadata", "")
        try:
            with self._desk.transactions.open() as tx:
                registered = self._applications.register(tx, self._staff(admitted), document_of(text))
        except ConfigError as error:
            return self._new(admitted, text, problems=error.problems)
        return self._page(admitted, registered)

    def one(self, admitted: Admitted, client_id: str) -> Response:
        """Show one."""
        with self._desk.transactions.open() as tx:
            client = _found(tx, client_id)
        return self._page(admitted, Registered(client=client))

    def change(self, admitted: Admitted, client_id: str) -> Response:
        """Change one as its form says; what was written over somebody else's change is refused."""
        form = self._desk.form()
        version = int(form.get("version", "")) if _VERSION.fullmatch(form.get("version", "")) else -1
        with self._desk.transactions.open() as tx:
            client = _found(tx, client_id)
        try:
            with self._desk.transactions.open() as tx:
                changed = self._change(tx, self._staff(admitted), client, form, version)
        except StaleError:
            return self._page(admitted, Registered(client=client), text=form.get("metadata", ""), is_stale=True)
        except ConfigError as error:
            registered = Registered(client=client)
            return self._page(admitted, registered, text=form.get("metadata", ""), problems=error.problems)
        if changed is not None:
            return self._page(admitted, changed)
        return self._desk.leave(f"{HOME}/{client_id}?done={form['choice']}")

    def try_it(self, admitted: Admitted, client_id: str) -> Response:
        """Begin a sign-in there, as whoever looks, that issues nothing."""
        acr = self._desk.form().get("acr", "")
        with self._desk.transactions.open() as tx:
            client = _found(tx, client_id)
            if client.disabled_at is not None or (acr and acr not in self._policies.live(tx).levels):
                raise NotFoundError
            begun = self._trials.begin(tx, client, admitted.user, acr=acr, browser=self._desk.here())
        response = self._desk.leave(begun.path if isinstance(begun, Asked) else begun.answer.url)
        self._desk.cookies.apply(response, begun.cookies)
        return response

    def _change(self, tx: Tx, staff: Staff, client: Client, form: dict[str, str], version: int) -> Registered | None:
        """Do what was chosen; what must be shown at once is returned. Raises NotFoundError for what is no choice."""
        match form.get("choice"):
            case "save":
                self._applications.change(tx, staff, client, document_of(form.get("metadata", "")), version=version)
            case "rotate_secret" if has_secret(client):
                rotated = self._applications.rotate_secret(tx, staff, client, version=version)
                return Registered(client=_found(tx, client.client_id), secret=rotated.secret)
            case "disable" | "enable" as choice:
                self._applications.set_disabled(tx, staff, client, version=version, is_disabled=choice == "disable")
            case _:
                raise NotFoundError
        return None

    def _new(self, admitted: Admitted, text: str, problems: list[Problem] | None = None) -> Response:
        values = {"staff": admitted.user, "metadata": text, "problems": problems or []}
        return self._desk.page("admin/client_new.html", values, status=422 if problems else 200)

    def _page(
        self,
        admitted: Admitted,
        shown: Registered,
        *,
        text: str = "",
        problems: list[Problem] | None = None,
        is_stale: bool = False,
    ) -> Response:
        done, told = (self._desk.query().get(name, "") for name in ("done", "told"))
        with self._desk.transactions.open() as tx:
            live = self._policies.live(tx)
        values = {
            "staff": admitted.user,
            "client": shown.client,
            "secret": shown.secret,
            "metadata": text or written(shown.client),
            "problems": problems or [],
            "is_stale": is_stale,
            "has_secret": has_secret(shown.client),
            "may_edit": Permission.MANAGE in access.permissions_of(admitted.user.roles),
            "asking": asking_at(live, shown.client),
            "levels": live.levels,
            "told": told if told in _TOLD else "",
            "done": done if done in ("save", "disable", "enable") else "",
        }
        status = 409 if is_stale else 422 if problems else 200
        return self._desk.page("admin/client.html", values, status=status)

    def _staff(self, admitted: Admitted) -> Staff:
        return Staff(user=admitted.user, session=admitted.session, address=self._desk.here().address)


def _found(tx: Tx, client_id: str) -> Client:
    client = clients.get(tx, client_id)
    if client is None:
        raise NotFoundError
    return client
