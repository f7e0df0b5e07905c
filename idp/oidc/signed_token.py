"""Signed access tokens as texts (RFC 9068 §2.1): `typ: at+jwt`, a `kid`, and our own signature.

What is in them is others' to say. The rule it keeps: nothing but an access token that we signed is ever read as one;
the key chooses the algorithm, a header never does (RFC 8725 §3.1, §3.11, JOS-08).
"""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.core.tokens import digest
from idp.records.clients.model import Client
from idp.records.keys.service import KeyRing
from idp.records.keys.signing import signed
from idp.storage.tx import Tx

ALGORITHMS = ("ES256", "RS256")
"""What a client may have its access tokens signed with; the first is the default."""
TYPE = "at+jwt"
_HEADER = {"alg", "kid", "typ"}
_SHELF = "signed"


class SignedTokens:
    """Signs and reads the access tokens of one issuer."""

    def __init__(self, *, issuer: str, keys: KeyRing) -> None:
        self.issuer = issuer
        self._keys = keys
        self._imported: tuple[Mapping[str, Any] | None, KeySet] = (None, KeySet([]))

    def sign(self, tx: Tx, claims: Mapping[str, Any], client: Client) -> str:
        """Sign claims as this client wants its tokens signed; whatever a record says, only by what we offer."""
        asked = client.access_token_signed_response_alg
        alg = asked if asked in ALGORITHMS else ALGORITHMS[0]
        key = self._keys.signing_key(tx, alg)
        return signed(key, {"iss": self.issuer, **claims}, typ=TYPE)

    def read(self, tx: Tx, value: str) -> Mapping[str, Any]:
        """Return the claims of an access token that we signed; of anything else, none.

        A signature of the same text by the same keys is right a second time: that much is remembered, by a digest.
        """
        keys, name = self._key_set(tx), digest(value)
        shelf: dict[str, tuple[KeySet, Mapping[str, Any]]] = tx.snapshots.shelf(_SHELF)
        known = shelf.get(name)
        if known is not None and known[0] is keys:
            return known[1]
        claims = self._verified(value, keys)
        if claims:
            shelf[name] = (keys, claims)
        return claims

    def _verified(self, value: str, keys: KeySet) -> Mapping[str, Any]:
        try:
            token = jwt.decode(value, keys, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError, KeyError):
            return {}
        if set(token.header) != _HEADER or token.header["typ"] != TYPE or token.claims.get("iss") != self.issuer:
            return {}
        return token.claims

    def _key_set(self, tx: Tx) -> KeySet:
        """Return the published keys, imported once for each state of the ring."""
        jwks = self._keys.public_jwks(tx)
        known, imported = self._imported
        if known is not jwks:
            imported = KeySet.import_key_set({"keys": list(jwks["keys"])})
            self._imported = (jwks, imported)
        return imported
