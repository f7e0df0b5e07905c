"""The front door: machine endpoints from a table, everything else to the Flask pages.

A plain WSGI callable, because Flask's request machinery costs more than what these endpoints do. It knows no protocol:
bounds, parsing, the transaction and the answer to a defect are all it owns. No anonymous input gives a 5xx.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from time import sleep
from typing import TYPE_CHECKING, Any

import msgspec

from idp.core.errors import BusyError, ForbiddenError, NotFoundError, PageError
from idp.core.tokens import SystemTokens, Tokens
from idp.storage.errors import OvertakenError, UnstorableValueError
from idp.web.address import ENVIRON_KEY, client_address
from idp.web.pairs import MalformedError
from idp.web.transaction import Transactions
from idp.web.wire import Pairs, Request, Response, Route
from idp.web.wsgi import NO_STORE, RefusedError, WSGIApp, check_bounds, read_request, respond

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse

TRIES = 6
"""How often a request is begun at most; the waits between come to a third of a second at the worst."""
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
    """WSGI callable: `routes` by exact path, the rest to `pages`."""

    def __init__(
        self,
        *,
        routes: Sequence[Route],
        pages: WSGIApp,
        transactions: Transactions,
        proxies: int = 0,
        tokens: Tokens | None = None,
    ) -> None:
        self._routes = _table(routes)
        self._pages = pages
        self._transactions = transactions
        self._proxies = proxies
        self._tokens: Tokens = tokens or SystemTokens()

    def __call__(self, environ: dict[str, Any], start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        environ[ENVIRON_KEY] = client_address(environ, proxies=self._proxies)
        methods = self._routes.get(str(environ.get("PATH_INFO", "")))
        try:
            check_bounds(environ)
        except RefusedError as error:
            return respond(json_response(error.status, {"error": "invalid_request"}), start_response)
        if methods is None:
            return self._pages(environ, start_response)
        is_head = environ["REQUEST_METHOD"] == "HEAD"
        return respond(self._answer(environ, methods), start_response, with_body=not is_head)

    def _answer(self, environ: Mapping[str, Any], methods: Mapping[str, Route]) -> Response:
        route = methods.get(str(environ["REQUEST_METHOD"]))
        if route is None:
            allow = ", ".join(sorted(methods))
            return json_response(405, {"error": "invalid_request"}, (("Allow", allow),))
        try:
            return self._handle(route, read_request(environ))
        except MalformedError:
            return json_response(400, {"error": "invalid_request"})
        except RefusedError as error:
            return json_response(error.status, {"error": "invalid_request"})
        except _FailedError as failed:
            return failed.response
        except Exception as error:  # noqa: BLE001 -- the boundary: whatever a handler did not expect ends here
            return self._failed(error, route)

    def _handle(self, route: Route, request: Request) -> Response:
        """Answer in one transaction; one that others have overtaken is begun anew, a few times."""
        for tried in range(TRIES - 1):
            try:
                return self._once(route, request)
            except OvertakenError:
                sleep(2**tried * (1 + int(self._tokens.digits(1))) / 1000)  # not all at the same moment again
        return self._once(route, request)

    def _once(self, route: Route, request: Request) -> Response:
        with self._transactions.open(durable=route.is_durable(request)) as tx:
            response = route.handler(request, tx)
            if response.status >= 500:
                raise _FailedError(response)
            return response

    def _failed(self, error: Exception, route: Route) -> Response:
        match error:
            case BusyError():
                retry = (("Retry-After", str(error.retry_after)),)
                return json_response(503, {"error": "temporarily_unavailable"}, retry)
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


def _table(routes: Sequence[Route]) -> Mapping[str, Mapping[str, Route]]:
    """Return path -> method -> route; GET serves HEAD too. Raises ValueError when two routes claim one place."""
    table: dict[str, dict[str, Route]] = {}
    for route in routes:
        methods = table.setdefault(route.path, {})
        for method in (*route.methods, *(["HEAD"] if "GET" in route.methods else [])):
            if methods.setdefault(method, route) is not route:
                raise ValueError(f"{method} {route.path} is routed twice")
    return table
