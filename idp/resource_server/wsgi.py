"""Middleware for any WSGI application (PEP 3333): a request that may not pass never reaches it.

The rule it keeps: the body belongs to the application and is not read here.
"""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING

from idp.resource_server.model import Challenge, VerifiedToken
from idp.resource_server.rules import Rule, find_requirement
from idp.resource_server.server import ResourceServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TOKEN_KEY = "idp.resource_server.token"
"""Where the application finds the VerifiedToken in its environment; a client cannot set it, headers are `HTTP_…`."""


class ProtectedWSGI:
    """`application`, behind the rules."""

    def __init__(self, application: "WSGIApplication", server: ResourceServer, *, rules: Sequence[Rule] = ()) -> None:
        self._application = application
        self._server = server
        self._rules = tuple(rules)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer the refusal, or let the application answer."""
        admitted = self._admit(environ)
        if isinstance(admitted, Challenge):
            status = f"{admitted.status} {HTTPStatus(admitted.status).phrase}"
            start_response(status, [*admitted.headers, ("Content-Length", str(len(admitted.body)))])
            return [admitted.body]
        return self._application({**environ, TOKEN_KEY: admitted}, start_response)

    def _admit(self, environ: "WSGIEnvironment") -> VerifiedToken | Challenge | None:
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace") or "/"
        requirement = find_requirement(self._rules, method=environ["REQUEST_METHOD"], path=path)
        if requirement is None or isinstance(requirement, Challenge):
            return requirement
        authorization = environ.get("HTTP_AUTHORIZATION")
        return self._server.admit(
            () if authorization is None else (authorization,),
            requirement,
            query=environ.get("QUERY_STRING", ""),
        )
