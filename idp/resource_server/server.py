"""The front door of this package: one object an API, safe to share between threads.

It owns the order: find the token, prove it, judge its claims, then ask whether it is enough. It knows no framework.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from idp.core.clock import Clock, SystemClock
from idp.core.secrets import Secret
from idp.resource_server import introspection, signature, step_up
from idp.resource_server.bearer import find_token
from idp.resource_server.discovery import metadata
from idp.resource_server.errors import InvalidTokenError, ProviderUnavailableError
from idp.resource_server.fetch import Fetcher, UrllibFetcher, is_safe_url
from idp.resource_server.jwks import Keys
from idp.resource_server.levels import Levels
from idp.resource_server.model import Challenge, Requirement, VerifiedToken
from idp.resource_server.verify import MOST_LEEWAY, Expected, read_claims, read_introspection

_log = logging.getLogger(__name__)


class ResourceServer:
    """Protects one API: `audience` is its identifier, the one that its access tokens name (RFC 8707, RFC 9068 §3).

    `client_id` and `client_secret` are those of the API itself and serve introspection only; without them an opaque
    token is refused. Nothing is fetched before the first token comes.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        *,
        client_id: str = "",
        client_secret: str = "",
        leeway: timedelta = timedelta(seconds=30),
        fetcher: Fetcher | None = None,
        clock: Clock | None = None,
    ) -> None:
        if not is_safe_url(issuer) or "?" in issuer:
            raise ValueError("issuer must be an https URL without query and fragment (http on loopback only)")
        if not audience:
            raise ValueError("audience must name this API")
        if not timedelta(0) <= leeway <= MOST_LEEWAY:
            raise ValueError("leeway must be from 0 to 60 seconds")
        if bool(client_id) != bool(client_secret):
            raise ValueError("client_id and client_secret belong together")
        self._expected = Expected(issuer, audience, leeway)
        self._credentials = introspection.Credentials(client_id, Secret(client_secret)) if client_id else None
        self._fetcher = fetcher or UrllibFetcher()
        self._clock = clock or SystemClock()
        self._metadata = metadata(issuer, fetcher=self._fetcher, clock=self._clock)
        self._keys = Keys(lambda: self._metadata.get().jwks_uri, fetcher=self._fetcher, clock=self._clock)

    def verify(self, token: str) -> VerifiedToken:
        """Return what a good token says; raise InvalidTokenError or ProviderUnavailableError."""
        if len(token) > signature.LONGEST_TOKEN or not token.isascii():
            raise InvalidTokenError("the token is too long or not ASCII")
        if signature.is_signed(token):
            claims = signature.open_signed(token, self._keys.find)
            return read_claims(claims, self._expected, now=self._clock.now())
        if self._credentials is None:
            raise InvalidTokenError("the token is opaque, and no introspection is set up")
        answer = introspection.introspect(
            token,
            endpoint=self._metadata.get().introspection_endpoint,
            credentials=self._credentials,
            fetcher=self._fetcher,
        )
        return read_introspection(answer, self._expected, now=self._clock.now())

    def challenge_for(self, token: VerifiedToken, requirement: Requirement) -> Challenge | None:
        """Return the refusal that `requirement` makes of a good token, or None when it will do (RFC 9470 §3)."""
        levels = self._levels() if requirement.acr_values else Levels()
        return step_up.challenge_for(token, requirement, levels=levels, now=self._clock.now())

    def admit(
        self, authorization: Sequence[str], requirement: Requirement, *, query: str = "", form: str = ""
    ) -> VerifiedToken | Challenge:
        """Return the token of a request that may pass, or the refusal to send; raise nothing.

        `authorization` holds every Authorization header of the request; `query`, and `form` where it is at hand, are
        the raw texts in which a second token might hide.
        """
        found = find_token(authorization, query=query, form=form)
        if not isinstance(found, str):
            return found or step_up.NO_TOKEN
        try:
            token = self.verify(found)
            return self.challenge_for(token, requirement) or token
        except InvalidTokenError as error:
            _log.info("access token refused: %s", error.reason)
            return step_up.BAD_TOKEN
        except ProviderUnavailableError as error:
            _log.warning("access token not verified: %s", error.reason)
            return step_up.NO_PROVIDER

    def _levels(self) -> Levels:
        return self._metadata.get().levels
