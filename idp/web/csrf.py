"""Whether a POST comes from a page of ours.

A token bound to the secret of the interaction's or session's cookie is required of every form that does something. A
foreign or `null` Origin, or `Sec-Fetch-Site: cross-site`, is refused even with a token; an absent Origin is judged by
the token alone (security.md, decided; SES-04, SES-05).
"""

from typing import Protocol
from urllib.parse import urlsplit

from idp.core.errors import StrangeFormError
from idp.core.secrets import SecretKeys
from idp.core.tokens import digest

FIELD = "csrf_token"
_CONTEXT = "csrf"


class Headers(Protocol):
    """The headers of a request, whatever the case of their names."""

    def get(self, name: str, default: str, /) -> str:
        """Return a header, or `default` where it was not sent."""
        ...

    def __contains__(self, name: str, /) -> bool:
        """Tell whether a header was sent."""
        ...


class Sent(Protocol):
    """A request, of Flask's or the router's kind."""

    @property
    def headers(self) -> Headers:
        """Return its headers."""
        ...


class Csrf:
    """Makes and checks the tokens of one issuer's pages."""

    def __init__(self, *, keys: SecretKeys, issuer: str) -> None:
        parts = urlsplit(issuer)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._keys = keys

    def token(self, secret: str) -> str:
        """Return the token of the pages bound to this cookie secret."""
        return self._keys.sign(digest(secret), context=_CONTEXT)

    def check(self, request: Sent, *, token: str, secret: str) -> None:
        """Refuse a POST that did not come from a page of ours, in the browser with this secret.

        Raises StrangeFormError. A browser that sends no such secret cannot have a token.
        """
        self.check_origin(request)
        if not secret or not self._keys.verifies(token, digest(secret), context=_CONTEXT):
            raise StrangeFormError

    def check_origin(self, request: Sent) -> None:
        """Refuse a request that another site's page sent. Raises StrangeFormError."""
        if request.headers.get("sec-fetch-site", "") == "cross-site":
            raise StrangeFormError
        if request.headers.get("origin", self._origin) != self._origin:
            raise StrangeFormError

    def require_origin(self, request: Sent) -> None:
        """Refuse a request of which the browser does not say that a page of ours sent it. Raises StrangeFormError.

        For forms on pages that are bound to no secret: here an absent Origin is not enough.
        """
        self.check_origin(request)
        if "origin" not in request.headers and request.headers.get("sec-fetch-site", "") != "same-origin":
            raise StrangeFormError
