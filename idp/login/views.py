"""One URL per interaction: GET shows where it stands, POST takes what was answered (architecture.md §3)."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from idp.core.errors import NotFoundError
from idp.login.away import PARAMETER
from idp.login.begun import Admitted, Finished
from idp.login.presenting import page_of
from idp.login.replies import Away, Expired, Moved, Reply, Shown
from idp.login.service import LoginService
from idp.web.cookies import Cookies
from idp.web.csrf import FIELD, Csrf
from idp.web.current import browser
from idp.web.forms import read_form
from idp.web.headers import PageClass
from idp.web.pages import Pages
from idp.web.transaction import Transactions

Guard = Callable[[Callable[..., Response]], Callable[..., Response]]

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_ANSWER = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+){2}", re.ASCII)
"""A signed answer in the compact serialization (RFC 7515 §7.1)."""
_TELLING = frozenset({"done", "kept", "tested"})
"""Parameters with which our pages tell what the last form did."""


def blueprint(
    service: LoginService, *, transactions: Transactions, pages: Pages, cookies: Cookies, csrf: Csrf
) -> Blueprint:
    """Return the pages of the interaction."""
    views = Blueprint("login", __name__)

    @views.get("/login/<interaction_id>")
    def show(interaction_id: str) -> Response:
        here = browser(request, cookies)
        with transactions.open() as tx:
            reply, secret = service.show(tx, _checked(interaction_id), here)
        return _respond(reply, f"/login/{interaction_id}", csrf.token(secret), pages, cookies)

    @views.post("/login/<interaction_id>")
    def submit(interaction_id: str) -> Response:
        csrf.check_origin(request)
        here, form = browser(request, cookies), read_form(request)
        token = form.get(FIELD, "")

        def admits(secret: str) -> None:
            csrf.check(request, token=token, secret=secret)

        reply = service.submit(_checked(interaction_id), here, form, admits=admits)
        return _respond(reply, f"/login/{interaction_id}", token, pages, cookies)

    return views


def require(
    service: LoginService, *, transactions: Transactions, pages: Pages, cookies: Cookies, home: str
) -> Callable[[str], Guard]:
    """Return `require(action)`, with which our own pages are guarded: the same door, the same engine.

    The view gets who was admitted as its first argument. Whoever lacks a proof goes through an interaction and comes
    back to the page by GET.
    """

    def requiring(action: str) -> Guard:
        def guard(view: Callable[..., Response]) -> Callable[..., Response]:
            @wraps(view)
            def guarded(*arguments: Any, **named: Any) -> Response:
                here = browser(request, cookies)
                with transactions.open() as tx:
                    admitted = service.admit(tx, action=action, path=_way_back(), home=home, browser=here)
                if isinstance(admitted, Admitted):
                    return view(admitted, *arguments, **named)
                response = pages.leave(admitted.path)
                cookies.apply(response, admitted.cookies)
                return response

            return guarded

        return guard

    return requiring


def _way_back() -> str:
    """Return the path under which GET shows this page; after a POST it does not tell again what an earlier one did."""
    if request.method == "GET":
        return request.full_path.removesuffix("?")
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in _TELLING]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def _respond(reply: Reply, path: str, token: str, pages: Pages, cookies: Cookies) -> Response:
    match reply:
        case Finished(answer=answer):
            response = pages.leave(answer.url, answer.fields)
            cookies.apply(response, reply.cookies)
            return response
        case Moved():
            return pages.leave(path)
        case Away(url=url):
            return pages.leave(url)
        case Shown():
            return _page(reply, token, pages)
        case Expired(interaction=interaction):
            values = {"csrf_token": token, "may_leave": interaction.finished_at is None}
            return pages.render(
                "login/expired.html",
                status=410,
                page=PageClass.INTERACTION,
                values=values,
                locales=interaction.demand.ui_locales,
            )


def _page(shown: Shown, token: str, pages: Pages) -> Response:
    page = page_of(shown)
    # Which of the page's two faces is shown is no state: the step and what it accepts are the same on both.
    is_choosing = request.method == "GET" and request.args.get("another") == "1"
    # An answer that was brought is no state either: it counts once it is posted.
    brought = request.args.get(PARAMETER, "") if request.method == "GET" else ""
    values = {
        **page.values,
        "csrf_token": token,
        "is_choosing": is_choosing,
        "brought": brought if _ANSWER.fullmatch(brought) else "",
    }
    response = pages.render(
        page.template, status=page.status, page=PageClass.INTERACTION, values=values, locales=page.locales
    )
    if page.retry_after is not None:
        response.headers["Retry-After"] = str(page.retry_after)
    return response


def _checked(interaction_id: str) -> str:
    """Return an id that may be looked for. Raises NotFoundError for what we never gave out."""
    if not _ID.fullmatch(interaction_id):
        raise NotFoundError
    return interaction_id
