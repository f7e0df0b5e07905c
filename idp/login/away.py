"""Sends a browser to an external verifier, with a request that we have signed (F10).

The verifier reads our keys where every relying party does, and answers to the interaction's own page: coming back
proves nothing by itself, the answer is posted there like any other.
"""

from datetime import datetime
from urllib.parse import urlencode

from idp.factors.abilities import Redirected
from idp.factors.base import Challenge, Person
from idp.login.model import Interaction
from idp.records.keys.service import KeyRing
from idp.records.keys.signing import signed
from idp.storage.tx import Tx

TYPE = "verification-request+jwt"
_ALG = "ES256"
PARAMETER = "answer"
"""Of the address to which the browser comes back."""


class Departures:
    """Signs requests to verifiers."""

    def __init__(self, *, issuer: str, keys: KeyRing) -> None:
        self._issuer = issuer
        self._keys = keys

    def to(
        self, tx: Tx, factor: Redirected, asked: Challenge, *, person: Person, interaction: Interaction, now: datetime
    ) -> str:
        """Return the address to which the browser takes the request."""
        key = self._keys.signing_key(tx, _ALG)
        claims = {
            **factor.request_of(asked, person),
            "iss": self._issuer,
            "iat": int(now.timestamp()),
            "redirect_uri": f"{self._issuer}/login/{interaction.id}",
        }
        request = signed(key, claims, typ=TYPE)
        return f"{factor.url}{'&' if '?' in factor.url else '?'}{urlencode({'request': request})}"
