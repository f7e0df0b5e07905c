"""The keys that verify what we sign (OIDC Discovery 1.0 §3, RFC 7517 §5): public halves only."""

import json
from collections.abc import Mapping
from typing import Any

from idp.oidc.cors import ANYONE
from idp.records.keys.service import KeyRing
from idp.storage import versions
from idp.storage.tx import Tx
from idp.web.wire import Request, Response

CACHED = ("Cache-Control", "public, max-age=300")
"""A key is published longer than this before it signs, and after it has ceased to."""
_HEADERS = (("Content-Type", "application/json"), CACHED, *ANYONE)


class Jwks:
    """Answers `/jwks`."""

    def __init__(self, *, keys: KeyRing) -> None:
        self._keys = keys
        self._made: tuple[Mapping[str, Any] | None, bytes] = (None, b"")

    def handle(self, _request: Request, tx: Tx) -> Response:
        """Return the key set; written once for each state of the ring."""
        versions.settle_for_recent(tx)
        jwks = self._keys.public_jwks(tx)
        known, body = self._made
        if known is not jwks:
            body = json.dumps(jwks, separators=(",", ":")).encode()
            self._made = (jwks, body)
        return Response(status=200, body=body, headers=_HEADERS)
