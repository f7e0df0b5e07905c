"""The front door: machine endpoints from a table, everything else to the Flask pages.

A plain WSGI callable, because Flask's request machinery costs more than what these endpoints do. It knows no protocol:
bounds, parsing, the transaction and the answer to a defect are all it owns. No anonymous input gives a 5xx.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from idp.core.errors import BusyError, ForbiddenError, NotFoundError, PageError, TooManyError
from idp.core.tokens import SystemTokens, Tokens
from idp.storage.errors import UnstorableValueError
from idp.storage.tx import Tx
from idp.web.address import ENVIRON_KEY, client_address
from idp.web.observing import ROUTE
from idp.web.pairs import MalformedError
from idp.web.transaction import Transactions
from idp.web.wire import Alone, Drawn, Handler, Pairs, Request, Response, Route
from idp.web.wsgi import NO_STORE, RefusedError, WSGIApp, check_bounds, read_request, respond

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

CAME_OF_IT = "idp.came_of_it"
"""Where the environment holds what a page must show that belongs to a route: its answer, or what was raised."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 §9.2.1)."""
_LOG = logging.getLogger(__name__)
_JSON: Pairs = (("Content-Type", "application/json"), *NO_STORE)


class _FailedError(Exception):
    """A handler answered 5xx: carries the answer out of the transaction, which this rolls back."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def json_response(status: int, body: Mapping[str, Any], headers: Pairs = ()) -> Response:
    """Return a JSON answer that nobody stores."""
    return Response(status=status, body=msgspec.json.encode(body), headers=(*_JSON, *headers))


class Router:
    """WSGI callable: `routes` by exact path or by what stands before a `<…>`, the rest to `pages`.

    `counts` is told where each form comes from, before it is read, and may refuse it.
    """

    def __init__(
        self,
        *,
        routes: Sequence[Route],
        pages: WSGIApp,
        transactions: Transactions,
        proxies: int = 0,
        tokens: Tokens | None = None,
        counts: Callable[[str], None] | None = None,
    ) -> None:
        self._routes = _table(routes)
        self._shared = frozenset(_place(route) for route in routes if route.has_pages)
        self._counts = counts
        self._pages = pages
        self._transactions = transactions
        self._proxies = proxies
        self._tokens: Tokens = tokens or SystemTokens()

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        environ[ENVIRON_KEY] = client_address(environ, proxies=self._proxies)
        path, method = str(environ.get("PATH_INFO", "")), str(environ["REQUEST_METHOD"])
        place = path if path in self._routes else _parent(path)
        methods = self._routes.get(place)
        try:
            check_bounds(environ)
        except RefusedError as error:
            return respond(json_response(error.status, {"error": "invalid_request"}), start_response)
        if methods is None:
            return self._pages(environ, start_response)
        route = methods.get(method)
        if place in self._shared:
            return self._beside_pages(environ, start_response, route)
        return respond(self._answer(environ, methods, route), start_response, with_body=method != "HEAD")

    def _beside_pages(
        self, environ: dict[str, Any], start_response: "StartResponse", route: Route | None
    ) -> Iterable[bytes]:
        """Answer where pages live too: they are told what became of the request when they have to show it."""
        if route is not None:
            method = str(environ["REQUEST_METHOD"])
            environ[ROUTE] = route.path
            try:
                if self._counts is not None and method not in SAFE:
                    self._counts(environ[ENVIRON_KEY])
                answer = self._handle(route, read_request(environ))
            except Exception as error:  # noqa: BLE001 -- the pages' own boundary says what is shown of it
                environ[CAME_OF_IT] = error
            else:
                if isinstance(answer, Response):
                    return respond(answer, start_response, with_body=method != "HEAD")
                environ[CAME_OF_IT] = answer.shows
        return self._pages(environ, start_response)

    def _answer(self, environ: Mapping[str, Any], methods: Mapping[str, Route], route: Route | None) -> Response:
        if route is None:
            allow = ", ".join(sorted(methods))
            return json_response(405, {"error": "invalid_request"}, (("Allow", allow),))
        try:
            return _whole(self._handle(route, read_request(environ)))
        except MalformedError:
            return json_response(400, {"error": "invalid_request"})
        except RefusedError as error:
            return json_response(error.status, {"error": "invalid_request"})
        except _FailedError as failed:
            return failed.response
        except Exception as error:  # noqa: BLE001 -- the boundary: whatever a handler did not expect ends here
            return self._failed(error, route)

    def _handle(self, route: Route, request: Request) -> Response | Drawn:
        """Answer in one transaction, or as the handler sees fit."""
        handler = route.handler
        if isinstance(handler, Alone):
            return handler.answer(request)

        return self._transactions.run(partial(_kept, handler, request), durable=route.is_durable(request))

    def _failed(self, error: Exception, route: Route) -> Response:
        match error:
            case BusyError() | TooManyError():
                status, retry = 503 if isinstance(error, BusyError) else 429, (("Retry-After", str(error.retry_after)),)
                return json_response(status, {"error": "temporarily_unavailable"}, retry)
            case PageError():
                return json_response(400, {"error": error.error, "error_description": error.description})
            case UnstorableValueError():
                return json_response(400, {"error": "invalid_request"})
            case NotFoundError():
                return json_response(404, {"error": "not_found"})
            case ForbiddenError():
                return json_response(403, {"error": "access_denied"})
        incident = self._tokens.new_id()
        _LOG.error("incident %s at %s", incident, route.path, exc_info=error)
        return json_response(500, {"error": "server_error", "incident": incident})


def _kept(handler: Handler, request: Request, tx: Tx) -> Response | Drawn:
    """Return what the handler answers. Raises _FailedError where nothing may be kept of it."""
    response = handler(request, tx)
    if isinstance(response, Response) and response.status >= 500:
        raise _FailedError(response)
    return response


def _place(route: Route) -> str:
    """Return where a route stands in the table."""
    return _parent(route.path) if route.path.endswith(">") else route.path


def _parent(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _whole(answer: Response | Drawn) -> Response:
    """Return the answer of an endpoint that has no pages. Raises TypeError for one that would have to be drawn."""
    if isinstance(answer, Drawn):
        raise TypeError("there is nobody here to draw it")
    return answer


def _table(routes: Sequence[Route]) -> Mapping[str, Mapping[str, Route]]:
    """Return path -> method -> route; GET serves HEAD too, but beside pages. Raises ValueError for one routed twice."""
    table: dict[str, dict[str, Route]] = {}
    for route in routes:
        methods = table.setdefault(_place(route), {})
        with_head = "GET" in route.methods and not route.has_pages
        for method in (*route.methods, *(["HEAD"] if with_head else [])):
            if methods.setdefault(method, route) is not route:
                raise ValueError(f"{method} {route.path} is routed twice")
    return table
