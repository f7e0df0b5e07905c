"""The client credentials grant (RFC 6749 §4.4): a client is given a token of its own, and nobody has signed in.

It is answered with an access token alone, never a refresh token (§4.4.3), for the scopes that the client is registered
for; those that speak of a person mean nothing here. A JWT costs its signature and no write. `deny` rules of the live
policy run with what is known of the client (policy.md §3, Later), and again whenever somebody asks about the token.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from idp.core.clock import Clock
from idp.core.tokens import Tokens
from idp.login.policies import Policies
from idp.oidc import recording
from idp.oidc.access_token import AccessTokens
from idp.oidc.scopes import CLAIMS_OF
from idp.oidc.token import ACCESS_TOKEN_TTL
from idp.policy.later import denied, denying
from idp.policy.model import Demand, Facts, FactValue
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.clients.model import Client
from idp.storage.tx import Tx

GRANT_TYPE = "client_credentials"
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Refused:
    """No token: the error of RFC 6749 §5.2."""

    error: str


class ClientCredentials:
    """Gives clients tokens of their own."""

    def __init__(self, *, clock: Clock, policies: Policies, access_tokens: AccessTokens, tokens: Tokens) -> None:
        self._clock = clock
        self._tokens = tokens
        self._policies = policies
        self._access_tokens = access_tokens

    def give(self, tx: Tx, client: Client, *, scope: str) -> Mapping[str, Any] | Refused:
        """Return the token response for a client that has proved itself, or why there is none."""
        scopes = _scopes(client, scope.split())
        if isinstance(scopes, Refused):
            return scopes
        now = self._clock.now()
        reason = self.denial(tx, client, scopes, now=now)
        if reason:
            self._deny(tx, client, scopes, reason, now=now)
            return Refused("unauthorized_client")
        token = self._access_tokens.give_client(tx, client, scopes, now=now, expires_at=now + ACCESS_TOKEN_TTL)
        response: dict[str, Any] = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": ACCESS_TOKEN_TTL // _SECOND,
        }
        # RFC 6749 §5.1: what was granted is told, as it may be less than was asked for.
        return {**response, "scope": " ".join(scopes)} if scopes else response

    def denial(self, tx: Tx, client: Client, scopes: tuple[str, ...], *, now: datetime) -> str:
        """Return the reason code of a rule that denies this client; empty where none does."""
        bundle = self._policies.live(tx)
        return denied(bundle, _facts(client, scopes), now=now) if denying(bundle) else ""

    def _deny(self, tx: Tx, client: Client, scopes: tuple[str, ...], reason: str, *, now: datetime) -> None:
        """Remember why: as a decision that can be explained, and in the trail."""
        record_id, live = self._tokens.new_id(), self._policies.live(tx)
        recording.record_client(tx, _facts(client, scopes), live, reason, record_id=record_id, now=now)
        audit.add(tx, replace(_denied(client, reason, now), decision_id=record_id))


def is_open_to(client: Client) -> bool:
    """Tell whether a client may have tokens of its own: only one that can keep a secret (RFC 6749 §4.4)."""
    return GRANT_TYPE in client.grant_types and client.token_endpoint_auth_method != "none"


def _facts(client: Client, scopes: tuple[str, ...]) -> Facts:
    values: dict[str, FactValue] = {"client.tags": client.tags, "client.first_party": client.first_party}
    return Facts(demand=Demand(client_id=client.client_id, scopes=scopes), interaction_id="", values=values)


def _scopes(client: Client, asked: list[str]) -> tuple[str, ...] | Refused:
    """Return the scopes of the token: all of the client's where it asks for none (RFC 6749 §3.3)."""
    own = tuple(scope for scope in client.scope if scope not in CLAIMS_OF)
    if not set(asked) <= set(own):
        return Refused("invalid_scope")
    return tuple(dict.fromkeys(asked)) or own


def _denied(client: Client, reason: str, at: datetime) -> Event:
    return Event(name="access_token.denied", at=at, client_id=client.client_id, details={"reason": reason})
