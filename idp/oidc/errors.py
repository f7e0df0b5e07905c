"""Error answers of the machine endpoints: fixed texts only, whatever a request held (RFC 6749 §5.2)."""

from idp.web.router import json_response
from idp.web.wire import Pairs, Response

_TEXTS = {
    "invalid_request": "The request is missing a parameter, repeats one, or is malformed.",
    "invalid_client": "Client authentication failed.",
    "invalid_grant": "The grant is invalid, expired, used, revoked, or was issued to another client.",
    "unauthorized_client": "The client may not use this grant type.",
    "unsupported_grant_type": "This grant type is not supported.",
    "invalid_scope": "The scope is invalid or unknown.",
}
BASIC_CHALLENGE = ("WWW-Authenticate", 'Basic realm="idp", charset="UTF-8"')
"""RFC 7617 §2: a realm is required."""


def oauth_error(error: str, headers: Pairs = ()) -> Response:
    """Return the answer for an error code; `invalid_client` is 401 with a challenge, all others 400."""
    if error == "invalid_client":
        return json_response(401, {"error": error, "error_description": _TEXTS[error]}, (BASIC_CHALLENGE, *headers))
    return json_response(400, {"error": error, "error_description": _TEXTS.get(error, "")}, headers)
