"""Which other origins may use the passkeys of this one: a document that browsers read by themselves.

Related origin requests, WebAuthn Level 3 §5.11. It is read at the host of the RP ID: where that is a parent of the
issuer's host, whoever serves the parent serves this document there.
"""

import json
from collections.abc import Iterable

from idp.storage.tx import Tx
from idp.web.wire import Request, Response, Route

PATH = "/.well-known/webauthn"
_CACHED = ("Cache-Control", "public, max-age=300")


def route(origins: Iterable[str]) -> Route:
    """Return the endpoint that names these origins."""
    body = json.dumps({"origins": list(origins)}, separators=(",", ":")).encode()

    def named(_request: Request, _tx: Tx) -> Response:
        return Response(status=200, body=body, headers=(("Content-Type", "application/json"), _CACHED))

    return Route(methods=("GET",), path=PATH, handler=named)
