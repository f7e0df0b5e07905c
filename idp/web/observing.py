"""What is told of each request: its route, its answer, how long it took, and an id by which it is found again.

Never a path, a query, an address or a name: a path may hold an id, and whoever reads figures need not know people. The
route is one of a fixed list, so that whoever counts by it needs a fixed amount of memory.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Flask, request

from idp.core import noted
from idp.core.tokens import Tokens
from idp.web.wsgi import WSGIApp

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

ROUTE = "idp.route"
"""Where the environment holds the route once it is known."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
_LOG = logging.getLogger("idp.access")


class Seen(NamedTuple):
    """One request that was answered."""

    method: str
    route: str
    """Such as `/token` or `/login/<interaction>`; empty for what is nowhere."""
    status: int
    seconds: float


Told = Callable[[Seen], None]


class Observed:
    """A WSGI application around another one that tells of each request; its answer gets `X-Request-Id`.

    An id that a believed proxy has given stays.
    """

    def __init__(
        self, inner: WSGIApp, *, paths: Iterable[str], told: Sequence[Told], proxies: int, tokens: Tokens
    ) -> None:
        self._inner = inner
        self._paths = frozenset(paths)
        self._told = tuple(told)
        self._proxies = proxies
        self._tokens = tokens

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request, and tell of it."""
        began, request_id = perf_counter(), self._request_id(environ)
        start, ids = _Start(start_response, request_id), noted.begin(request_id)
        try:
            return self._inner(environ, start)
        finally:
            seen = Seen(method_of(environ), route_of(environ, self._paths), start.status, perf_counter() - began)
            for tell in self._told:
                tell(seen)
            noted.end(ids)

    def _request_id(self, environ: dict[str, Any]) -> str:
        given = str(environ.get("HTTP_X_REQUEST_ID", "")) if self._proxies else ""
        return given if given and _REQUEST_ID.fullmatch(given) else self._tokens.new_id()


class _Start:
    """`start_response` of one request; a class, as a function in a function has its annotations made every time."""

    __slots__ = ("_request_id", "_start_response", "status")

    def __init__(self, start_response: "StartResponse", request_id: str) -> None:
        self._start_response = start_response
        self._request_id = request_id
        self.status = 500

    def __call__(self, status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
        self.status = int(status[:3])
        return self._start_response(status, [*headers, ("X-Request-Id", self._request_id)], *error)


def log(seen: Seen) -> None:
    """Write one line a request: of failures always, of all others where `IDP_LOG_LEVEL` is `debug`."""
    level = logging.WARNING if seen.status >= 500 else logging.DEBUG
    if _LOG.isEnabledFor(level):
        members = {
            "method": seen.method,
            "route": seen.route,
            "status": seen.status,
            "ms": round(seen.seconds * 1000, 1),
        }
        _LOG.log(level, "%s %s: %d", seen.method, seen.route or "(nowhere)", seen.status, extra={"members": members})


def method_of(environ: dict[str, Any]) -> str:
    """Return the method, or `other` for what somebody made up."""
    method = str(environ.get("REQUEST_METHOD", ""))
    return method if method in _METHODS else "other"


def route_of(environ: dict[str, Any], paths: frozenset[str]) -> str:
    """Return the route of a request that was answered: of a machine endpoint its path, of a page its rule."""
    path = str(environ.get("PATH_INFO", ""))
    return path if path in paths else str(environ.get(ROUTE, ""))


def install(app: Flask) -> None:
    """Let `app` say which rule a request has met."""

    @app.before_request
    def note() -> None:
        if request.url_rule is not None:
            request.environ[ROUTE] = request.url_rule.rule
