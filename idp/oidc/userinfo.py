"""The UserInfo endpoint (OIDC Core 1.0 §5.3), as a protected resource (RFC 6750).

A token comes in the header or in the body of a form, never in the query, and in one of them only. It counts while it,
its grant, its person and its client stand; the rest is `invalid_token`, whatever it was (OAU-36): a token of a client
itself too, as nobody is behind it (OAU-49).
"""

import re

from idp.core.clock import Clock
from idp.login.policies import Policies
from idp.oidc import claims, cors
from idp.oidc.access_token import AccessTokens, OfGrant
from idp.oidc.claims_request import released
from idp.oidc.standing.model import Lapsed, Standing
from idp.oidc.standing.worth import decayed, standing_of
from idp.records.clients import store as clients
from idp.records.grants.model import Grant
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

    def __init__(self, *, clock: Clock, policies: Policies, access_tokens: AccessTokens) -> None:
        self._clock = clock
        self._policies = policies
        self._access_tokens = access_tokens

    def handle(self, request: Request, tx: Tx) -> Response:
        """Return the claims of the person behind an access token."""
        try:
            value = _presented(request)
        except _MalformedError:
            return _refused(400, "invalid_request")
        if value is None:
            # Without any credentials the challenge names no error (RFC 6750 §3.1).
            return json_response(401, {}, (("WWW-Authenticate", 'Bearer realm="idp"'),))
        opened = self._opened(tx, value)
        if opened is None:
            return _refused(401, "invalid_token")
        token, standing = opened
        allowed = cors.for_clients(request, (standing.client,))
        if "openid" not in token.scopes:
            return _refused(403, "insufficient_scope", allowed)
        grant = self._spoken(tx, standing)
        if isinstance(grant, Lapsed):
            return _refused(401, "invalid_token", allowed)
        return json_response(200, claims.user_info(grant, standing.user, scopes=token.scopes), allowed)

    def preflight(self, request: Request, tx: Tx) -> Response:
        """Let the scripts of registered origins send their token (Fetch §4.8)."""
        allowed = cors.for_clients(request, clients.list_clients(tx))
        methods = (("Access-Control-Allow-Methods", "GET, POST"), ("Access-Control-Allow-Headers", "authorization"))
        return Response(status=204, headers=(*allowed, *methods, ("Access-Control-Max-Age", "600")))

    def _opened(self, tx: Tx, value: str) -> tuple[OfGrant, Standing] | None:
        """Return a token that is meant for UserInfo, and what stands behind it."""
        found = self._access_tokens.find(tx, value, now=self._clock.now())
        if not isinstance(found, OfGrant) or (found.audience and self._access_tokens.user_info not in found.audience):
            return None
        standing = standing_of(tx, found.behind)
        return (found, standing) if standing is not None else None

    def _spoken(self, tx: Tx, standing: Standing) -> Grant | Lapsed:
        """Return the grant; where its level will be told, as it is now (policy.md §3, Later)."""
        if "acr" not in released(standing.grant.claims, "userinfo"):
            return standing.grant
        bundle = self._policies.for_person(tx, standing.user.id)
        return decayed(tx, standing, bundle, now=self._clock.now())


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
