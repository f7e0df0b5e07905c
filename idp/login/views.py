"""The door of our own pages, and what the pages of the interaction (`login/endpoint.py`) show of a refusal."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from idp.core.errors import NotFoundError
from idp.login.begun import Admitted
from idp.login.endpoint import PATH
from idp.login.service import LoginService
from idp.web.cookies import Cookies
from idp.web.current import browser
from idp.web.pages import Pages
from idp.web.router import CAME_OF_IT
from idp.web.transaction import Transactions

Guard = Callable[[Callable[..., Response]], Callable[..., Response]]

_TELLING = frozenset({"done", "kept", "tested"})
"""Parameters with which our pages tell what the last form did."""


def blueprint() -> Blueprint:
    """Return what is shown on the paths of the interaction where they are not answered at the router."""
    views = Blueprint("login", __name__)

    @views.route(PATH, methods=["GET", "POST"])
    def refused(interaction_id: str) -> Response:
        raise request.environ.get(CAME_OF_IT) or NotFoundError(interaction_id)

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
                with transactions.open(durable=False) as tx:
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
