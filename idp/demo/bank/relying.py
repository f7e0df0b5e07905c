"""The bank's side of OpenID Connect: Authlib's Flask client, with what a careful relying party adds to it.

Code flow with PKCE, state and nonce; the answer must come from our provider (RFC 9207 §2.4), belong to an attempt of
this browser even when it is an error, and after a step-up be about the same person and say what was asked for.
"""

from collections.abc import MutableMapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from flask import Flask, Response, redirect, request, session
from joserfc.errors import JoseError
from werkzeug.wrappers import Response as WerkzeugResponse

from idp.core.clock import Clock
from idp.demo.bank import visitor

STEP_UP_ACR = "urn:idp:acr:mfa"
STEP_UP_AGE = timedelta(minutes=5)
_LEEWAY = timedelta(seconds=30)
_TIMEOUT = 10
"""Seconds the bank waits for the provider."""


class TroubleError(Exception):
    """The visitor did not come back with what the bank asked for: an OAuth error, or one of our own names."""

    def __init__(self, error: str, *, purpose: str = "sign-in") -> None:
        super().__init__(error)
        self.error = error
        self.purpose = purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """Why the visitor was sent away: to sign in, or for a transfer that waits in `draft`."""

    purpose: str
    draft: dict[str, Any] | None = None


class Relying:
    """Sends visitors to the provider and takes them back."""

    def __init__(
        self, app: Flask, *, issuer: str, client_id: str, client_secret: str, callback: str, clock: Clock
    ) -> None:
        self._issuer = issuer
        self._callback = callback
        self._clock = clock
        self._client = OAuth(app).register(
            "idp",
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "default_timeout": _TIMEOUT,
            },
        )

    def sign_in(self, **wishes: str) -> WerkzeugResponse:
        """Send the visitor to the provider."""
        return self._send(Attempt(purpose="sign-in"), **wishes)

    def step_up(self, draft: dict[str, Any]) -> WerkzeugResponse:
        """Send the visitor to the provider for a fresh proof of two kinds (RFC 9470 §4); the draft waits here."""
        seconds = int(STEP_UP_AGE.total_seconds())
        attempt = Attempt(purpose="transfer", draft=draft)
        return self._send(attempt, acr_values=STEP_UP_ACR, max_age=str(seconds))

    def take_back(self) -> Attempt:
        """Finish the attempt that this answer belongs to and return it; raise TroubleError otherwise."""
        attempt = self._attempt()
        if request.args.get("iss") != self._issuer:
            raise TroubleError("wrong_issuer", purpose=attempt.purpose)
        before = visitor.current(session)
        token = self._redeem(attempt.purpose)
        if attempt.purpose == "transfer":
            self._check(token["userinfo"], before)
        visitor.welcome(session, token)
        return attempt

    def _send(self, attempt: Attempt, **wishes: str) -> WerkzeugResponse:
        visitor.drop_old_attempts(session)
        try:
            prepared = self._client.create_authorization_url(self._callback, **wishes)
        except requests.RequestException as error:
            raise TroubleError("provider_unreachable", purpose=attempt.purpose) from error
        url = prepared.pop("url")
        self._client.save_authorize_data(redirect_uri=self._callback, **asdict(attempt), **prepared)
        return redirect(url, 303)

    def _attempt(self) -> Attempt:
        kept = self._client.framework.get_state_data(session, request.args.get("state", ""))
        if kept is None:
            raise TroubleError("attempt_unknown")
        return Attempt(purpose=kept["purpose"], draft=kept["draft"])

    def _redeem(self, purpose: str) -> MutableMapping[str, Any]:
        try:
            token: MutableMapping[str, Any] = self._client.authorize_access_token()
            profile = self._client.userinfo(token=token)
        except OAuthError as error:
            self._client.framework.clear_state_data(session, request.args.get("state", ""))
            raise TroubleError(error.error or "invalid_request", purpose=purpose) from error
        except (AuthlibBaseError, JoseError) as error:
            raise TroubleError("token_not_believed", purpose=purpose) from error
        except requests.RequestException as error:
            raise TroubleError("provider_unreachable", purpose=purpose) from error
        # OIDC Core 1.0 §5.3.2: what UserInfo says counts only when it is about the same person.
        if "userinfo" not in token or token["userinfo"]["sub"] != profile["sub"]:
            raise TroubleError("token_not_believed", purpose=purpose)
        token["userinfo"]["name"] = profile.get("name", "")
        return token

    def _check(self, claims: MutableMapping[str, Any], before: dict[str, Any] | None) -> None:
        """What was asked for is only true once the token says so."""
        if before is not None and before["sub"] != claims["sub"]:
            raise TroubleError("another_person", purpose="transfer")
        proved = datetime.fromtimestamp(int(claims.get("auth_time", 0)), UTC)
        if claims.get("acr") != STEP_UP_ACR or self._clock.now() - proved > STEP_UP_AGE + _LEEWAY:
            raise TroubleError("not_what_was_asked", purpose="transfer")


def unstored(response: Response) -> Response:
    """Add the headers of every page: nothing is kept, nothing foreign is loaded, nobody frames it."""
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
