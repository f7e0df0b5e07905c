"""The keys that verify what we sign (OIDC Discovery 1.0 §3, RFC 7517 §5): public halves only."""

import json

from idp.oidc.cors import ANYONE
from idp.records.keys.service import KeyRing
from idp.storage.tx import Tx
from idp.web.wire import Request, Response

CACHED = ("Cache-Control", "public, max-age=300")
"""A key is published longer than this before it signs, and after it has ceased to."""


class Jwks:
    """Answers `/jwks`."""

    def __init__(self, *, keys: KeyRing) -> None:
        self._keys = keys

    def handle(self, _request: Request, tx: Tx) -> Response:
        """Return the key set."""
        body = json.dumps(self._keys.public_jwks(tx), separators=(",", ":")).encode()
        return Response(status=200, body=body, headers=(("Content-Type", "application/json"), CACHED, *ANYONE))
