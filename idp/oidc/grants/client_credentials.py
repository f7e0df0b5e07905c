"""The client credentials grant (RFC 6749 §4.4.2): a thin answer to Authlib's dispatch.

Authlib's own asks for each parameter several times and draws its tokens character by character (performance.md §1);
`ClientCredentials` does the work.
"""

from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidScopeError, UnauthorizedClientError

from idp.oidc.client_authentication import METHODS
from idp.oidc.client_credentials import Refused, is_open_to

_ERRORS = {"invalid_scope": InvalidScopeError, "unauthorized_client": UnauthorizedClientError}


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    """Gives clients tokens of their own."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        """Authenticate the client before anything is looked up or signed, and see that it may use this grant."""
        self.request.client = self.authenticate_token_endpoint_client()
        if not is_open_to(self.request.client):
            raise UnauthorizedClientError

    def create_token_response(self) -> tuple[int, Any, Any]:
        """Give the token, or answer the error."""
        scope = self.request.form.get("scope", "")
        outcome = self.server.client_credentials.give(self.request.tx, self.request.client, scope=scope)
        if isinstance(outcome, Refused):
            raise _ERRORS[outcome.error]
        return 200, outcome, self.TOKEN_RESPONSE_HEADER
