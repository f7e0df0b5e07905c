"""The refresh token grant (RFC 6749 §6): a thin answer to Authlib's dispatch; `Refresher` does the work.

Authlib's own sequence does not rotate, knows no family, and makes a narrowed scope permanent (authlib.md §1).
"""

from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)

from idp.oidc.client_authentication import METHODS
from idp.oidc.refresh import Presented, Refused

_ERRORS = {"invalid_grant": InvalidGrantError, "invalid_scope": InvalidScopeError}


class RefreshTokenGrant(grants.RefreshTokenGrant):
    """Turns refresh tokens into new tokens."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        """Authenticate the client, and see that it may refresh at all."""
        client = self.authenticate_token_endpoint_client()
        # Set before anything is refused: whose scripts may read the refusal depends on it.
        self.request.client = client
        if self.GRANT_TYPE not in client.grant_types:
            raise UnauthorizedClientError
        if not self.request.form.get("refresh_token"):
            raise InvalidRequestError

    def create_token_response(self) -> tuple[int, Any, Any]:
        """Refresh, or answer the error."""
        form = self.request.form
        presented = Presented(token=form["refresh_token"], scope=form.get("scope", ""))
        outcome = self.server.refresher.refresh(self.request.tx, presented, self.request.client)
        if isinstance(outcome, Refused):
            raise _ERRORS[outcome.error]
        return 200, outcome, self.TOKEN_RESPONSE_HEADER
