"""The account's pages: forms and buttons, each change by POST with a token bound to the session (SES-04)."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, request

from idp.account import devices
from idp.account.devices import SignedInDevices
from idp.account.methods import ACTION, FEW, Actor, Method, SignInMethods
from idp.account.removing import Removing
from idp.core.errors import NotFoundError
from idp.factors.password import MAX_LENGTH
from idp.login.begun import Admitted, Asked
from idp.login.choices import CHOICE
from idp.login.service import LoginService
from idp.login.setting_up import MAX_LABEL
from idp.storage.tx import Tx
from idp.web.cookies import CookieChange, Cookies, Jar
from idp.web.csrf import FIELD, Csrf
from idp.web.current import Browser, browser
from idp.web.forms import read_form
from idp.web.headers import PageClass
from idp.web.pages import Pages
from idp.web.transaction import Transactions

HOME = "/account/factors"
SESSIONS = "/account/sessions"
STOPPED = "/account/stopped"
"""Where whoever could not prove enough ends: a page that asks for nothing."""
_ADD, _END = "add:", "end:"
_END_ALL, _END_OTHERS = "end_all", "end_others"
Guard = Callable[[Callable[..., Response]], Callable[..., Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the pages stand on."""

    login: LoginService
    methods: SignInMethods
    removing: Removing
    devices: SignedInDevices
    transactions: Transactions
    pages: Pages
    cookies: Cookies
    csrf: Csrf


def blueprint(parts: Parts, *, require: Callable[[str], Guard]) -> Blueprint:
    """Return the pages of the account, each behind the action that it needs."""
    views = Blueprint("account", __name__)
    methods, sessions = _MethodPages(parts), _SessionPages(parts)

    def stopped() -> Response:
        return parts.pages.render("account/stopped.html", values={"home": HOME})

    for path, verb, name, view in (
        (STOPPED, "GET", "stopped", stopped),
        (HOME, "GET", "factors", require("")(methods.listed)),
        (HOME, "POST", "add", require("")(methods.add)),
        (f"{HOME}/<credential_id>", "GET", "factor", require(ACTION)(methods.one)),
        (f"{HOME}/<credential_id>", "POST", "change", require(ACTION)(methods.change)),
        (SESSIONS, "GET", "sessions", require("")(sessions.listed)),
        (SESSIONS, "POST", "sign_out", require("")(sessions.sign_out)),
    ):
        views.add_url_rule(path, name, view, methods=[verb])
    return views


class _Desk:
    """What every page of the account needs of the request in hand."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def form(self) -> dict[str, str]:
        """Return the posted form. Raises ForbiddenError when it does not come from a page of this session."""
        form = dict(read_form(request))
        self._parts.csrf.check(request, token=form.get(FIELD, ""), secret=browser(request, self._parts.cookies).session)
        return form

    def actor(self, admitted: Admitted) -> Actor:
        """Return who does it."""
        here = browser(request, self._parts.cookies)
        return Actor(user=admitted.user, session=admitted.session, address=here.address, wants=here.wants, here=here)

    def page(self, template: str, values: dict[str, object], *, status: int = 200) -> Response:
        """Return one page."""
        token = self._parts.csrf.token(browser(request, self._parts.cookies).session)
        return self._parts.pages.render(
            template, status=status, page=PageClass.OWN, values={**values, "csrf_token": token}
        )


class _MethodPages(_Desk):
    """The pages of sign-in methods."""

    def listed(self, admitted: Admitted) -> Response:
        """Show them, and what could be added."""
        with self._parts.transactions.open() as tx:
            found = self._parts.methods.all_of(tx, admitted.user)
        values = {"methods": found.held, "addable": found.addable, "user": admitted.user, "few": FEW}
        return self.page("account/factors.html", values)

    def add(self, admitted: Admitted) -> Response:
        """Begin to set one up, through an interaction that asks first for what `account.factors` needs."""
        return self._begin(admitted, self.form().get(CHOICE, "").removeprefix(_ADD))

    def _begin(self, admitted: Admitted, wished: str, *, replaces: str | None = None) -> Response:
        parts, here = self._parts, browser(request, self._parts.cookies)
        with parts.transactions.open() as tx:
            if wished not in parts.methods.all_of(tx, admitted.user).addable:
                return parts.pages.leave(HOME)
            asked = parts.login.admit(
                tx, action=ACTION, path=HOME, home=STOPPED, browser=here, further=(wished,), replaces=replaces
            )
        if isinstance(asked, Admitted):
            return parts.pages.leave(HOME)
        response = parts.pages.leave(asked.path)
        parts.cookies.apply(response, asked.cookies)
        return response

    def one(self, admitted: Admitted, credential_id: str) -> Response:
        """Show one, with what may be changed."""
        return self._page_of(admitted, self._found(admitted, credential_id))

    def change(self, admitted: Admitted, credential_id: str) -> Response:
        """Rename it, replace it or remove it."""
        form, method, actor = self.form(), self._found(admitted, credential_id), self.actor(admitted)
        match form.get(CHOICE):
            case "replace" if method.may_replace:
                return self._begin(admitted, method.factor, replaces=method.id)
            case "remove":
                refused = self._parts.removing.remove(actor, method, form.get("new_password", ""))
                if refused is not None:
                    return self._page_of(admitted, method, refused.reason)
            case "rename":
                with self._parts.transactions.open() as tx:
                    self._parts.methods.rename(tx, actor, method, form.get("label", ""))
        return self._parts.pages.leave(HOME)

    def _found(self, admitted: Admitted, credential_id: str) -> Method:
        """Return the method. Raises NotFoundError for what is not this person's."""
        with self._parts.transactions.open() as tx:
            method = self._parts.methods.one_of(tx, admitted.user, credential_id)
        if method is None:
            raise NotFoundError
        return method

    def _page_of(self, admitted: Admitted, method: Method, error: str = "") -> Response:
        values = {
            "method": method,
            "error": error,
            "home": HOME,
            "max_label": MAX_LABEL,
            "user": admitted.user,
            "shortest": self._parts.removing.shortest(admitted.user, method),
            "longest": MAX_LENGTH,
        }
        return self.page("account/factor.html", values, status=422 if error else 200)


class _SessionPages(_Desk):
    """The pages of where one is signed in."""

    def listed(self, admitted: Admitted) -> Response:
        """Show where."""
        with self._parts.transactions.open() as tx:
            found = self._parts.devices.all_of(tx, admitted.user, admitted.session)
        return self.page("account/sessions.html", {"sessions": found, "user": admitted.user})

    def sign_out(self, admitted: Admitted) -> Response:
        """End one session, or all; whoever ends this one is out, whoever ends another must be admitted to that."""
        choice, parts = self.form().get(CHOICE, ""), self._parts
        is_leaving = choice == f"{_END}{admitted.session.id}"
        here = browser(request, parts.cookies)
        with parts.transactions.open() as tx:
            asked = None if is_leaving else self._ask(tx, here)
            if asked is None and choice == _END_ALL:
                parts.devices.end_all(tx, self.actor(admitted))
            elif asked is None and choice == _END_OTHERS:
                parts.devices.end_others(tx, self.actor(admitted))
            elif asked is None and choice.startswith(_END):
                parts.devices.end(tx, self.actor(admitted), choice.removeprefix(_END))
        if asked is not None:
            response = parts.pages.leave(asked.path)
            parts.cookies.apply(response, asked.cookies)
            return response
        is_out = is_leaving or choice == _END_ALL
        response = parts.pages.leave(STOPPED if is_out else SESSIONS)
        parts.cookies.apply(response, (CookieChange(jar=Jar.SESSION, value=""),) if is_out else ())
        return response

    def _ask(self, tx: Tx, here: Browser) -> Asked | None:
        """Return what must be proved before somebody may be signed out elsewhere; None when nothing must."""
        asked = self._parts.login.admit(tx, action=devices.ACTION, path=SESSIONS, home=STOPPED, browser=here)
        return asked if isinstance(asked, Asked) else None
