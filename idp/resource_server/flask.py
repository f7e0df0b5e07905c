"""The Flask way in: a decorator that states what a view requires, and the token for the view.

Optional: the only file of this package that imports Flask. The rule it keeps: a view below the decorator runs only for
a request that meets the whole requirement.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec

from flask import Response, request
from flask.typing import ResponseReturnValue

from idp.resource_server.model import Challenge, Requirement, VerifiedToken
from idp.resource_server.server import ResourceServer
from idp.resource_server.wsgi import TOKEN_KEY

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
_FORM = "application/x-www-form-urlencoded"
_LONGEST_FORM = 64 * 1024


class Protect:
    """Guards views of one API. Put `require` below the route, so that the guarded view is what is routed to."""

    def __init__(self, server: ResourceServer) -> None:
        self._server = server

    def require(
        self, *, acr_values: Sequence[str] = (), max_age: int | None = None, scopes: Sequence[str] = ()
    ) -> Callable[[View[P]], View[P]]:
        """Let only requests through that show a token with one of `acr_values`, young enough, with all `scopes`."""
        requirement = Requirement(acr_values=acr_values, max_age=max_age, scopes=scopes)

        def guard(view: View[P]) -> View[P]:
            @wraps(view)
            def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
                admitted = self._admit(requirement)
                if isinstance(admitted, Challenge):
                    return Response(admitted.body, admitted.status, admitted.headers)
                request.environ[TOKEN_KEY] = admitted
                return view(*args, **kwargs)

            return guarded

        return guard

    @property
    def token(self) -> VerifiedToken:
        """The token of the request that is being answered; RuntimeError in a view that requires none."""
        token = request.environ.get(TOKEN_KEY)
        if not isinstance(token, VerifiedToken):
            raise RuntimeError("no token was required for this view")
        return token

    def _admit(self, requirement: Requirement) -> VerifiedToken | Challenge:
        return self._server.admit(
            request.headers.getlist("Authorization"),
            requirement,
            query=request.query_string.decode("latin-1"),
            form=_form(),
        )


def _form() -> str:
    """Return a short urlencoded body, kept for the view as well; other bodies are the view's alone."""
    if request.mimetype != _FORM or not 0 < (request.content_length or 0) <= _LONGEST_FORM:
        return ""
    return request.get_data(cache=True).decode("latin-1")
