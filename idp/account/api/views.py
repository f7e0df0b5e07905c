"""The routes of the account's API.

The same engine guards them as the pages; what is missing is said, never asked here (`LoginService.check`). The session
is a cookie, so whatever changes something must come from a page of ours, in a form that no foreign page can send
without asking first: JSON, and a browser that says where it comes from (SES-05).
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from flask import Blueprint, Response, request

from idp.account.api.description import API, ROOT
from idp.account.api.model import Problem
from idp.account.api.operations import Operations
from idp.account.methods import Actor
from idp.core.errors import BusyError, ForbiddenError, NotFoundError, Rejected
from idp.core.reasons import Reason
from idp.login.begun import Unable
from idp.login.service import LoginService
from idp.storage.errors import UnstorableValueError
from idp.web.api.description import documented
from idp.web.api.operation import Operation
from idp.web.desk import Desk

PROVE = "/account/prove"
"""A page that asks for what an action needs and then leads back to the account."""
_JSON = "application/json"


def blueprint(operations: Operations, *, desk: Desk, login: LoginService, issuer: str) -> Blueprint:
    """Return the API."""
    views, door = Blueprint("account_api", __name__), _Door(desk, login)
    known = operations.all()
    for each in known:
        path = ROOT + each.path.replace("{", "<").replace("}", ">")
        views.add_url_rule(path, each.name, door.guarding(each), methods=[each.verb])
    document = documented(known, API, issuer=issuer)
    views.add_url_rule(f"{ROOT}/openapi.json", "openapi", lambda: Response(document(), mimetype=_JSON))
    return views


_IN_THE_WAY = (Reason.LAST_FACTOR, Reason.PASSWORD_ALONE)
"""Reasons that lie in what there is, not in what was sent."""


class _Door:
    """Lets in, decodes, and says what was refused."""

    def __init__(self, desk: Desk, login: LoginService) -> None:
        self._desk = desk
        self._login = login

    def guarding(self, operation: Operation) -> Callable[..., Response]:
        """Return the view of an operation."""

        def view(**parts: str) -> Response:
            try:
                return self._answer(operation, parts)
            except msgspec.MsgspecError as error:
                return _refused(400, Problem(error="invalid_request", error_description=_words(error)))
            except UnstorableValueError:
                return _refused(400, Problem(error="invalid_request"))
            except NotFoundError:
                return _refused(404, Problem(error="not_found"))
            except ForbiddenError:
                return _refused(403, Problem(error="forbidden", error_description=_ELSEWHERE))
            except BusyError as error:
                answer = _refused(503, Problem(error=Reason.SERVICE_BUSY))
                answer.headers["Retry-After"] = str(error.retry_after)
                return answer

        return view

    def _answer(self, operation: Operation, parts: Mapping[str, str]) -> Response:
        here = self._desk.here()
        if operation.verb != "GET":
            self._desk.csrf.require_origin(request)
        if operation.takes is not None and request.mimetype != _JSON:
            return _refused(415, Problem(error="invalid_request", error_description="send application/json"))
        with self._desk.transactions.open(durable=False) as tx:
            admitted = self._login.check(tx, action=operation.action, browser=here)
        if isinstance(admitted, Unable):
            return _missing(operation, admitted)
        actor = Actor(user=admitted.user, session=admitted.session, address=here.address, wants=here.wants, here=here)
        result = operation.handle(actor, *self._body(operation), **parts)
        if isinstance(result, Rejected):
            return _refused(409 if result.reason in _IN_THE_WAY else 422, Problem(error=result.reason))
        return Response(status=204) if result is None else Response(msgspec.json.encode(result), mimetype=_JSON)

    def _body(self, operation: Operation) -> tuple[Any, ...]:
        return (msgspec.json.decode(request.get_data(), type=operation.takes),) if operation.takes is not None else ()


_ELSEWHERE = "this must be sent by a page of this origin"


def _missing(operation: Operation, unable: Unable) -> Response:
    """Say what must be proved, and where; whoever is nobody here signs in first."""
    if unable.error == "login_required" and not operation.action:
        return _refused(401, Problem(error="login_required", step_up=f"{PROVE}/"))
    required = unable.decision.required
    problem = Problem(
        error="insufficient_user_authentication",
        error_description="more must be proved for this",
        acr_values=" ".join(required.acr),
        max_age=None if required.max_age is None else int(required.max_age.total_seconds()),
        step_up=f"{PROVE}/{operation.action}",
    )
    return _refused(403, problem)


def _refused(status: int, problem: Problem) -> Response:
    return Response(msgspec.json.encode(problem), status=status, mimetype=_JSON)


def _words(error: Exception) -> str:
    """Return what is wrong; msgspec names the place and quotes no value."""
    return str(error)[:200]
