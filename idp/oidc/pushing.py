"""`POST /par`: a client leaves its authorization request here before it sends the browser (RFC 9126 §2).

The client proves itself as at `/token`. What `/authorize` would refuse is refused here by the same code, with the same
error as JSON (§2.3); where `/authorize` would show a page, which nobody would see, it is `invalid_request`.
"""

from collections.abc import Callable

from idp.core.clock import Clock
from idp.core.errors import PageError, RedirectError
from idp.oidc import client_authentication, cors
from idp.oidc.authorization import Authorization
from idp.oidc.errors import oauth_error
from idp.oidc.parameters import Parameters, collect, fields_of
from idp.oidc.pushed_requests import TTL, PushedRequests
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.storage.tx import Tx
from idp.web.router import json_response
from idp.web.wire import Pairs, Request, Response

PATH = "/par"


class PushingEndpoint:
    """Takes authorization requests."""

    def __init__(
        self, *, authorization: Authorization, pushed: PushedRequests, clock: Clock, admits: Callable[[str], None]
    ) -> None:
        """`admits` counts what an address pushes for public clients, and raises TooManyError for too much."""
        self._authorization = authorization
        self._pushed = pushed
        self._clock = clock
        self._admits = admits

    def handle(self, request: Request, tx: Tx) -> Response:
        """Answer one pushed request. Raises TooManyError."""
        fields = fields_of(request.form)
        if fields is None:
            return oauth_error("invalid_request")
        client = client_authentication.authenticate(
            request.headers, fields, client_of=lambda name: clients.get(tx, name), now=self._clock.now()
        )
        if client is None:
            return oauth_error("invalid_client")
        headers = cors.for_clients(request, (client,))
        parameters = collect(request.form)
        try:
            self._check(tx, parameters, client)
        except (PageError, RedirectError) as error:
            return _refused(error, headers)
        if client.token_endpoint_auth_method == "none":
            # It is anybody who says so, and each request is a row: nobody fills the table.
            self._admits(request.address)
        uri = self._pushed.keep(tx, parameters, client.client_id)
        return json_response(201, {"request_uri": uri, "expires_in": int(TTL.total_seconds())}, headers)

    def _check(self, tx: Tx, parameters: Parameters, client: Client) -> None:
        """Raise PageError or RedirectError for what cannot be carried out."""
        if parameters.get("client_id") != client.client_id:
            # RFC 9126 §2.1: required as at `/authorize`; that it is not another's, authentication has seen to.
            raise PageError("invalid_request", "The client_id is missing.")
        if parameters.get("request_uri") or parameters.unusable(("request_uri",)):
            raise PageError("invalid_request", "A request_uri cannot be pushed.")  # RFC 9126 §2.1
        self._authorization.check(tx, parameters)


def _refused(error: PageError | RedirectError, headers: Pairs) -> Response:
    body = {"error": error.error if isinstance(error, RedirectError) else "invalid_request"}
    if error.description:
        body["error_description"] = error.description
    return json_response(400, body, headers)
