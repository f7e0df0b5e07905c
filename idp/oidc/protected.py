"""Access tokens at an API of our own: opened here, as nothing needs to travel (RFC 6750, RFC 9068 §4, RFC 9470).

A token counts while it, its grant, its person and its client stand, names this API, and has a scope that its client may
still have. What it lacks of an action is told as RFC 9470 §3 has it, so that the caller can send the person to prove
just that. A client's own token has nobody behind it: what it may do was decided when it was registered.
"""

import re
from datetime import timedelta

from idp.core.clock import Clock
from idp.login.policies import Policies
from idp.login.service import LoginService
from idp.oidc.access_token import AccessTokens, OfClient, OfGrant, audience_of
from idp.oidc.client_credentials import ClientCredentials, is_open_to
from idp.oidc.standing.model import Lapsed
from idp.oidc.standing.worth import decayed, standing_of
from idp.records.clients import store as clients
from idp.records.clients.model import Client
from idp.records.sessions import store as sessions
from idp.storage.tx import Tx
from idp.web.api.bearer import Bearer, Challenge
from idp.web.current import Browser

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{1,4096}=*", re.ASCII)
"""RFC 6750 §2.1, bounded."""
_NONE = Challenge(status=401, error="", text="an access token is needed")
_MALFORMED = Challenge(status=400, error="invalid_request", text="The access token is malformed.")
_INVALID = Challenge(
    status=401, error="invalid_token", text="The access token is unknown, expired, revoked or for another API."
)


class ProtectedApi:
    """Opens the tokens of one API."""

    def __init__(
        self,
        *,
        audience: str,
        clock: Clock,
        policies: Policies,
        access_tokens: AccessTokens,
        client_credentials: ClientCredentials,
        login: LoginService,
    ) -> None:
        self._audience = audience
        self._clock = clock
        self._policies = policies
        self._access_tokens = access_tokens
        self._client_credentials = client_credentials
        self._login = login

    def identify(self, tx: Tx, authorization: str, *, scopes: tuple[str, ...]) -> Bearer | Challenge:
        """Return who calls; only the header is read, never a query or a form (RFC 9700 §4.3.2)."""
        scheme, _, credentials = authorization.partition(" ")
        value = credentials.strip()
        if scheme.lower() != "bearer" or not value:
            return _NONE
        if not _TOKEN.fullmatch(value):
            return _MALFORMED
        found = self._access_tokens.find(tx, value, now=self._clock.now())
        match found:
            case OfGrant():
                bearer = self._persons(tx, found)
            case OfClient():
                bearer = self._clients_own(tx, found)
            case _:
                bearer = None
        if bearer is None:
            return _INVALID
        if bearer.scopes.isdisjoint(scopes):
            return Challenge(status=403, error="insufficient_scope", text="A scope is missing.", scopes=scopes)
        return bearer

    def prove(self, tx: Tx, bearer: Bearer, *, action: str, browser: Browser) -> Challenge | None:
        """Return what a person's proofs lack for an action; None: nothing."""
        if bearer.user is None:
            return None
        unable = self._login.vouch(tx, action=action, user=bearer.user, evidence=bearer.evidence, browser=browser)
        if unable is None:
            return None
        required = unable.decision.required
        return Challenge(
            status=401,
            error="insufficient_user_authentication",
            text="More must be proved for this.",
            acr_values=required.acr,
            max_age=None if required.max_age is None else required.max_age // timedelta(seconds=1),
        )

    def _persons(self, tx: Tx, found: OfGrant) -> Bearer | None:
        standing = standing_of(tx, found.behind)
        if standing is None or not self._is_for_us(found, standing.client):
            return None
        bundle = self._policies.for_person(tx, standing.user.id)
        if isinstance(decayed(tx, standing, bundle, now=self._clock.now()), Lapsed):
            return None
        return Bearer(
            client=standing.client,
            scopes=_still(found.scopes, standing.client),
            user=standing.user,
            session=sessions.get(tx, found.grant.session_id),
            evidence=found.grant.evidence,
        )

    def _clients_own(self, tx: Tx, found: OfClient) -> Bearer | None:
        client = clients.get(tx, found.client_id)
        if client is None or client.disabled_at is not None or not is_open_to(client):
            return None
        if not self._is_for_us(found, client) or not client.may_own(found.issued_at):
            return None
        if self._client_credentials.denial(tx, client, found.scopes, now=self._clock.now()):
            return None
        return Bearer(client=client, scopes=_still(found.scopes, client))

    def _is_for_us(self, found: OfGrant | OfClient, client: Client) -> bool:
        names = found.audience or audience_of(client, found.scopes, user_info=self._access_tokens.user_info)
        return self._audience in names


def _still(scopes: tuple[str, ...], client: Client) -> frozenset[str]:
    """Return the scopes that the client may have today: what is taken from it ends at once (ASVS 8.3.2)."""
    return frozenset(scopes) & frozenset(client.scope)
