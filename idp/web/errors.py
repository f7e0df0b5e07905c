"""The pages of what went wrong, one for each kind of refusal (architecture.md §7).

Nothing of an exception is ever shown: the texts are fixed, a defect shows an incident id and the log has the rest.
"""

import logging
from dataclasses import dataclass
from typing import Protocol

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from idp.core.errors import BusyError, ForbiddenError, NotFoundError, PageError, StrangeFormError, TooManyError
from idp.core.tokens import Tokens
from idp.storage.errors import UnstorableValueError
from idp.web.headers import PageClass
from idp.web.pairs import MalformedError
from idp.web.wsgi import RefusedError

_LOG = logging.getLogger(__name__)
_UNSTORABLE = "a value holds characters that cannot be kept, or is too long"
_MALFORMED = "The request is not well-formed."


class Renders(Protocol):
    """Turns a template into a page."""

    def __call__(
        self, template: str, *, status: int = 200, page: PageClass = PageClass.OWN, values: dict[str, object]
    ) -> Response:
        """Return the page."""
        ...


@dataclass(frozen=True, slots=True)
class _Shown:
    """What of an exception a person may see."""

    status: int
    detail: str = ""
    is_strange: bool = False
    """Whether a form did not come from a page of ours, which is another 403 than one without the right."""
    headers: tuple[tuple[str, str], ...] = ()


def install(app: Flask, *, render: Renders, tokens: Tokens) -> None:
    """Answer every exception of `app`'s views with its page."""

    @app.errorhandler(Exception)
    def page(error: Exception) -> Response:
        shown = _shown(error)
        incident = ""
        if shown.status == 500:
            incident = tokens.new_id()
            _LOG.error("incident %s at %s", incident, request.endpoint, exc_info=error)
        values: dict[str, object] = {
            "status": shown.status,
            "detail": shown.detail,
            "is_strange": shown.is_strange,
            "incident": incident,
        }
        response = render("error.html", status=shown.status, page=PageClass.OWN, values=values)
        response.headers.extend(shown.headers)
        return response


def _shown(error: Exception) -> _Shown:
    match error:
        case PageError():
            return _Shown(400, detail=error.description)
        case UnstorableValueError() | MalformedError():
            return _Shown(400, detail=_UNSTORABLE if isinstance(error, UnstorableValueError) else _MALFORMED)
        case NotFoundError():
            return _Shown(404)
        case ForbiddenError():
            return _Shown(403, is_strange=isinstance(error, StrangeFormError))
        case TooManyError() | BusyError():
            later = (("Retry-After", str(error.retry_after)),)
            return _Shown(429 if isinstance(error, TooManyError) else 503, headers=later)
        case _:
            return _told(error)


def _told(error: Exception) -> _Shown:
    """Return what is shown of what HTTP itself refuses; anything else is a defect."""
    match error:
        case RefusedError(status=status):
            return _Shown(status)
        case HTTPException(code=int(code)) if code >= 400:
            return _Shown(code, headers=tuple(pair for pair in error.get_headers() if pair[0] == "Allow"))
    return _Shown(500)
