"""Pushed authorization requests (RFC 9126): kept for a minute under a reference that is good once.

A reference is found by its hash, and used up by one conditional write in the transaction in which what was asked for
begins: whoever comes second, comes late, guesses, or names another client than the one that pushed it gets the same
page. There is nobody to redirect to then, as where an answer may go was pushed as well (§4).
"""

from datetime import timedelta

from idp.core.clock import Clock
from idp.core.errors import PageError
from idp.core.tokens import Tokens, digest
from idp.oidc.parameters import Parameters
from idp.records.grants.pushed import store
from idp.records.grants.pushed.model import PushedRequest
from idp.storage.tx import Tx

PREFIX = "urn:ietf:params:oauth:request_uri:"
"""RFC 9126 §2.2; whatever begins otherwise is a request object by reference (RFC 9101), which we never fetch."""
TTL = timedelta(seconds=60)


class PushedRequests:
    """Keeps requests, and finds them once."""

    def __init__(self, *, clock: Clock, tokens: Tokens) -> None:
        self._clock = clock
        self._tokens = tokens

    def keep(self, tx: Tx, parameters: Parameters, client_id: str) -> str:
        """Keep the request of a client that has proved itself; return the `request_uri`."""
        uri, now = PREFIX + self._tokens.token(), self._clock.now()
        request = PushedRequest(
            uri_hash=digest(uri),
            client_id=client_id,
            parameters=parameters.values,
            pushed_at=now,
            expires_at=now + TTL,
        )
        store.add(tx, request)
        return uri

    def find(self, tx: Tx, parameters: Parameters) -> PushedRequest | None:
        """Return the request that these parameters refer to, None where they refer to none of ours.

        Raises PageError for a reference that is not, or no longer, good for the client that is named beside it.
        """
        uri = parameters.get("request_uri") or ""
        if not uri.startswith(PREFIX):
            return None
        found = store.get(tx, digest(uri), self._clock.now())
        if found is None or found.client_id != parameters.get("client_id"):
            raise unusable()
        return found

    def spend(self, tx: Tx, request: PushedRequest) -> None:
        """Use a request up. Raises PageError when somebody else has, so that nothing of what was begun is kept."""
        if not store.consume(tx, request.uri_hash, self._clock.now()):
            raise unusable()


def unusable() -> PageError:
    """Return the refusal of a reference, whatever is wrong with it."""
    return PageError("invalid_request_uri", "The request_uri is unknown, expired, or has been used.")
