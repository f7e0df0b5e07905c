"""The authorization code grant (RFC 6749 §4.1.3): a thin answer to Authlib's dispatch.

Authlib's own sequence saves tokens before it deletes the code, and signs after both; here `CodeRedeemer` does all of it
in the right order.
"""

from typing import Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError, InvalidRequestError, UnauthorizedClientError

from idp.oidc.client_authentication import METHODS
from idp.oidc.redemption import Redemption


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    """Redeems codes."""

    TOKEN_ENDPOINT_AUTH_METHODS = METHODS

    def validate_token_request(self) -> None:
        """Authenticate the client, and see that it may redeem codes at all."""
        client = self.authenticate_token_endpoint_client()
        if self.GRANT_TYPE not in client.grant_types:
            raise UnauthorizedClientError
        if not self.request.form.get("code"):
            raise InvalidRequestError
        self.request.client = client

    def create_token_response(self) -> tuple[int, Any, Any]:
        """Redeem the code, or answer `invalid_grant`."""
        form = self.request.form
        redemption = Redemption(
            code=form["code"], redirect_uri=form.get("redirect_uri", ""), verifier=form.get("code_verifier", "")
        )
        body = self.server.redeemer.redeem(self.request.tx, redemption, self.request.client)
        if body is None:
            raise InvalidGrantError
        return 200, body, self.TOKEN_RESPONSE_HEADER
