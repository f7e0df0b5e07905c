"""The routes of the admin API.

A call is let in by the access token in its header and by nothing else: no cookie is read, so that no page of another
site can make a browser call it (SES-05).
"""

import re
from collections.abc import Callable, Sequence

from flask import Blueprint, Response, request

from idp.admin.api.answers import Told, told
from idp.admin.api.calls import AdminOperation, problem
from idp.admin.api.description import API
from idp.admin.api.door import Door, Sent
from idp.records.clients.own_api import PATH
from idp.web.address import ENVIRON_KEY
from idp.web.api.description import documented
from idp.web.api.operation import JSON
from idp.web.current import MAX_USER_AGENT, Browser

_VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "QUERY")


def blueprint(operations: Sequence[AdminOperation], *, door: Door, issuer: str) -> Blueprint:
    """Return the API."""
    views = Blueprint("admin_api", __name__)
    for each in operations:
        path = PATH + each.path.replace("{", "<").replace("}", ">")
        views.add_url_rule(path, each.name, _view(door, each), methods=[each.verb], provide_automatic_options=False)
    document = documented(operations, API, issuer=issuer)
    views.add_url_rule(f"{PATH}/openapi.json", "openapi", lambda: Response(document(), mimetype=JSON))
    other = _Nowhere(operations)
    views.add_url_rule(f"{PATH}/<path:rest>", "nowhere", other, methods=_VERBS, provide_automatic_options=False)
    return views


def _view(door: Door, operation: AdminOperation) -> Callable[..., Response]:
    def view(**parts: str) -> Response:
        sent = Sent(
            authorization=request.headers.get("Authorization", ""),
            if_match=request.headers.get("If-Match", ""),
            key=request.headers.get("Idempotency-Key", ""),
            query=request.args,
            media=request.mimetype,
            body=request.get_data(),
            browser=Browser(
                address=str(request.environ.get(ENVIRON_KEY, "")),
                user_agent=request.headers.get("User-Agent", "")[:MAX_USER_AGENT],
            ),
        )
        return _response(door.answer(operation, sent, parts))

    return view


class _Nowhere:
    """Answers what is no operation, in the API's own words: 405 where there are others at this path, else 404."""

    def __init__(self, operations: Sequence[AdminOperation]) -> None:
        self._paths = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", each.path)), each.verb) for each in operations]

    def __call__(self, rest: str) -> Response:
        allowed = sorted({verb for path, verb in self._paths if path.fullmatch(f"/{rest}")})
        if not allowed:
            return _response(told(problem(404, "not_found", "There is no such operation")))
        headers = (("Allow", ", ".join(allowed)),)
        return _response(told(problem(405, "method_not_allowed", "There is no such operation here"), headers))


def _response(told: Told) -> Response:
    body = told.body if told.status != 204 else b""
    response = Response(body, status=told.status, content_type=told.media if told.status != 204 else None)
    response.headers.extend(told.headers)
    return response
