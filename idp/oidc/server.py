"""The seam to Authlib: its framework-free authorization server, driven by the router's own request.

Authlib finds the grant and carries errors; client authentication and what a grant issues are ours. Nothing reads Flask,
an environment or a query here: the body alone counts (OAU-07). `Any` ends at this file.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from authlib.oauth2 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError, UnsupportedGrantTypeError

from idp.core.clock import Clock
from idp.oidc import client_authentication, cors
from idp.oidc.client_credentials import GRANT_TYPE, ClientCredentials
from idp.oidc.errors import oauth_error
from idp.oidc.grants.authorization_code import AuthorizationCodeGrant
from idp.oidc.grants.client_credentials import ClientCredentialsGrant
from idp.oidc.grants.refresh_token import RefreshTokenGrant
from idp.oidc.introspection import Introspection, Introspector
from idp.oidc.parameters import fields_of
from idp.oidc.redemption import CodeRedeemer
from idp.oidc.refresh import Refresher
from idp.oidc.revocation import Revocation, Revoker
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.storage.tx import Tx
from idp.web.router import json_response
from idp.web.wire import Request, Response

_GRANTS: Mapping[str, Any] = {
    grant.GRANT_TYPE: grant for grant in (AuthorizationCodeGrant, RefreshTokenGrant, ClientCredentialsGrant)
}


class Exchange(OAuth2Request):
    """One request at an endpoint that Authlib serves, with the transaction it runs in."""

    form: Mapping[str, str] = MappingProxyType({})
    """The body's parameters by name; Authlib has a property here, and asks for each of them anew."""

    def __init__(self, request: Request, fields: Mapping[str, str], tx: Tx, *, blank: OAuth2Request) -> None:
        """Begin as a copy of `blank`: what Authlib makes of an address costs as much as a look into the database."""
        self.__dict__.update(blank.__dict__)
        self.method = request.method
        self.headers = request.headers
        self.tx = tx
        self.form = fields


class TokenServer(AuthorizationServer):
    """The token endpoint (RFC 6749 §3.2), revocation (RFC 7009) and introspection (RFC 7662)."""

    def __init__(
        self,
        *,
        issuer: str,
        clock: Clock,
        redeemer: CodeRedeemer,
        refresher: Refresher,
        client_credentials: ClientCredentials,
        revoker: Revoker,
        introspector: Introspector,
    ) -> None:
        super().__init__()
        self.redeemer = redeemer
        self.refresher = refresher
        self.client_credentials = client_credentials
        self._blank = OAuth2Request("POST", issuer)
        self._clock = clock
        self.register_endpoint(Revocation(revoker=revoker))
        self.register_endpoint(Introspection(introspector=introspector))

    def handle(self, request: Request, tx: Tx) -> Response:
        """Answer one token request."""
        exchange = self._exchange(request, tx)
        # RFC 6749 §3.2: there is always a grant type.
        if exchange is None or "grant_type" not in exchange.form:
            return oauth_error("invalid_request")
        return _shared(self.create_token_response(exchange), request, exchange)

    def spends(self, request: Request) -> bool:
        """Tell whether a token request spends something; who asks for a client's own token can ask again."""
        return ("grant_type", GRANT_TYPE) not in request.form

    def revoke(self, request: Request, tx: Tx) -> Response:
        """Answer one revocation request."""
        exchange = self._exchange(request, tx)
        if exchange is None:
            return oauth_error("invalid_request")
        return _shared(self.create_endpoint_response(Revocation.ENDPOINT_NAME, exchange), request, exchange)

    def introspect(self, request: Request, tx: Tx) -> Response:
        """Answer one introspection request; no script of any origin has a use for it."""
        exchange = self._exchange(request, tx)
        if exchange is None:
            return oauth_error("invalid_request")
        response: Response = self.create_endpoint_response(Introspection.ENDPOINT_NAME, exchange)
        return response

    def _exchange(self, request: Request, tx: Tx) -> Exchange | None:
        """Return the request for Authlib; None when a parameter came twice (RFC 6749 §3.2)."""
        fields = fields_of(request.form)
        return None if fields is None else Exchange(request, fields, tx, blank=self._blank)

    def get_token_grant(self, request: Exchange) -> Any:
        """Return what answers a grant of this type; raise Authlib's error where nothing does."""
        grant_type = request.form["grant_type"]
        if grant_type not in _GRANTS:
            raise UnsupportedGrantTypeError(grant_type)
        return _GRANTS[grant_type](request, self)

    def create_oauth2_request(self, request: Exchange) -> Exchange:
        """Return what `handle` has made: the environment is never looked at."""
        return request

    def authenticate_client(self, request: Exchange, _methods: Sequence[str], _endpoint: str = "token") -> Client:
        """Return the client; raise Authlib's error, always the same one (OAU-32)."""
        client = client_authentication.authenticate(
            request.headers, request.form, client_of=lambda name: clients.get(request.tx, name), now=self._clock.now()
        )
        if client is None:
            raise InvalidClientError
        return client

    def send_signal(self, _name: str, **_values: Any) -> None:
        """Tell nobody."""

    def handle_response(self, status: int, body: Mapping[str, Any], _headers: Any) -> Response:
        """Return a success as our own response; `no-store` comes with it (RFC 6749 §5.1)."""
        return json_response(status, body)

    def handle_error_response(self, _request: Exchange, error: OAuth2Error) -> Response:
        """Return an error with our own text: Authlib's repeat what the request held."""
        return oauth_error(str(error.error))


def _shared(response: Response, request: Request, exchange: Exchange) -> Response:
    """Let the scripts of the client's own origins read the answer."""
    if exchange.client is None:
        return response
    headers = (*response.headers, *cors.for_clients(request, (exchange.client,)))
    return Response(status=response.status, body=response.body, headers=headers)
