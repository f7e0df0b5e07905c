"""The UserInfo endpoint (OIDC Core 1.0 §5.3), as a protected resource (RFC 6750).

A token comes in the header or in the body of a form, never in the query, and in one of them only. It counts while it,
its grant, its person and its client stand; the rest is `invalid_token`, whatever it was (OAU-36).
"""

import re

from idp.core.clock import Clock
from idp.core.tokens import digest
from idp.oidc import claims, cors
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.grants import store as grants
from idp.records.grants.model import AccessToken, Grant
from idp.records.users import store as users
from idp.records.users.model import User
from idp.storage.tx import Tx
from idp.web.router import json_response
from idp.web.wire import Pairs, Request, Response

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,4096}=*", re.ASCII)
"""RFC 6750 §2.1, bounded."""
_TEXTS = {
    "invalid_request": "The access token is malformed or presented more than once.",
    "invalid_token": "The access token is unknown, expired or revoked.",
    "insufficient_scope": "The access token does not cover openid.",
}


class _MalformedError(Exception):
    """The token is presented in a way that RFC 6750 §2 does not allow."""


class UserInfo:
    """Answers `/userinfo`."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def handle(self, request: Request, tx: Tx) -> Response:
        """Return the claims of the person behind an access token."""
        try:
            value = _presented(request)
        except _MalformedError:
            return _refused(400, "invalid_request")
        if value is None:
            # Without any credentials the challenge names no error (RFC 6750 §3.1).
            return json_response(401, {}, (("WWW-Authenticate", 'Bearer realm="idp"'),))
        standing = self._standing(tx, value)
        if standing is None:
            return _refused(401, "invalid_token")
        token, grant, user, client = standing
        allowed = cors.for_clients(request, (client,))
        if "openid" not in token.scopes:
            return _refused(403, "insufficient_scope", allowed)
        return json_response(200, claims.user_info(grant, user, scopes=token.scopes), allowed)

    def preflight(self, request: Request, tx: Tx) -> Response:
        """Let the scripts of registered origins send their token (Fetch §4.8)."""
        allowed = cors.for_clients(request, clients.list_clients(tx))
        methods = (("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", "authorization"))
        return Response(status=204, headers=(*allowed, *methods, ("Access-Control-Max-Age", "600")))

    def _standing(self, tx: Tx, value: str) -> tuple[AccessToken, Grant, User, Client] | None:
        found = grants.get_access_token(tx, digest(value))
        if found is None:
            return None
        token, grant = found
        if token.expires_at <= self._clock.now() or grant.revoked_at is not None:
            return None
        user, client = users.get(tx, grant.user_id), clients.get(tx, grant.client_id)
        if user is None or user.disabled_at is not None or client is None or client.disabled_at is not None:
            return None
        return token, grant, user, client


def _presented(request: Request) -> str | None:
    """Return the bearer token of a request; None when there is none (RFC 6750 §2)."""
    values = [value for name, value in request.form if name == "access_token"]
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and credentials.strip():
        values.append(credentials.strip())
    if not values:
        return None
    if len(values) > 1 or not _TOKEN.fullmatch(values[0]):
        raise _MalformedError
    return values[0]


def _refused(status: int, error: str, headers: Pairs = ()) -> Response:
    """Return the answer and its challenge (RFC 6750 §3)."""
    scope = ', scope="openid"' if error == "insufficient_scope" else ""
    challenge = f'Bearer realm="idp", error="{error}", error_description="{_TEXTS[error]}"{scope}'
    body = {"error": error, "error_description": _TEXTS[error]}
    return json_response(status, body, (("WWW-Authenticate", challenge), *headers))
