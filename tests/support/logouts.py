"""An application that is told of sign-outs: a server of its own, and every check of Back-Channel Logout 1.0 §2.6."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl

from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.afterwards import amend
from tests.support.gateway import Answer, Gateway, Told, gateway
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

EVENT = "http://schemas.openid.net/event/backchannel-logout"
PATH = "/backchannel?of=shop"


class Listener:
    """What one application was told."""

    def __init__(self, provider: Provider, party: RelyingParty, server: Gateway) -> None:
        self._provider, self._party = provider, party
        self.server = server

    def heard(self) -> list[Mapping[str, Any]]:
        """Let what is due be sent; return the claims of every logout token that came, checked."""
        self._provider.deliver()
        return [self.checked(told)[0] for told in self.server.told]

    def sessions(self) -> list[str]:
        """Return the sessions it was told of, as often as it was."""
        return [claims["sid"] for claims in self.heard()]

    def checked(self, told: Told) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return claims and header of what came, as §2.5 and §2.6 say; all members, and none besides."""
        assert (told.method, told.path) == ("POST", PATH)
        assert told.headers["content-type"] == "application/x-www-form-urlencoded"
        ((name, token),) = parse_qsl(told.body.decode(), strict_parsing=True)
        assert name == "logout_token"
        keys = KeySet.import_key_set(self._party.get("/jwks").json())
        read = jwt.decode(token, keys, algorithms=[self._party.alg])
        claims = read.claims
        assert set(read.header) == {"alg", "kid", "typ"}
        assert read.header["typ"] == "logout+jwt"
        assert set(claims) == {"iss", "sub", "aud", "iat", "exp", "jti", "sid", "events"}
        assert (claims["iss"], claims["aud"]) == (self._provider.issuer, self._party.client_id)
        assert claims["exp"] - claims["iat"] == 120
        assert claims["events"] == {EVENT: {}}
        return claims, read.header


@contextmanager
def listening(provider: Provider, party: RelyingParty, *, usual: Answer | None = None) -> Iterator[Listener]:
    """Let an application be told of sign-outs until the block ends."""
    with gateway() as server:
        server.usual = usual or server.usual
        amend(provider, party.client_id, backchannel_logout_uri=server.url + PATH)
        yield Listener(provider, party, server)
