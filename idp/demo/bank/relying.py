"""The bank's side of OpenID Connect: Authlib's Flask client, with what a careful relying party adds to it.

Code flow with PKCE, state and nonce; the answer must come from our provider (RFC 9207 §2.4), belong to an attempt of
this browser even when it is an error, and after a step-up be about the same person. Whether it is enough is for the API
to say, which asked for it.
"""

from collections.abc import Mapping, MutableMapping
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, redirect, request, session
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry
from werkzeug.wrappers import Response as WerkzeugResponse

from idp.demo.bank import visitor
from idp.demo.bank.speech import spoken

SCOPE = "openid profile email offline_access"
_TIMEOUT = 10
"""Seconds the bank waits for the provider."""
_LEEWAY = 60
"""Seconds that two clocks may differ by."""
_FAILURES = (OAuthError, AuthlibBaseError, JoseError)


class TroubleError(Exception):
    """The visitor did not come back with what the bank asked for: an OAuth error, or one of our own names."""

    def __init__(self, error: str, *, purpose: str = "sign-in") -> None:
        super().__init__(error)
        self.error = error
        self.purpose = purpose


class Relying:
    """Sends visitors to the provider, takes them back, and keeps their tokens fresh."""

    def __init__(self, app: Flask, *, issuer: str, client_id: str, client_secret: str, address: str) -> None:
        self._issuer = issuer
        self._address = address
        self._client = OAuth(app).register(
            "idp",
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "default_timeout": _TIMEOUT},
        )

    def sign_in(self, **wishes: str) -> WerkzeugResponse:
        """Send the visitor to the provider."""
        return self._send("sign-in", wishes)

    def step_up(self, parameters: Mapping[str, str]) -> WerkzeugResponse:
        """Send the visitor to the provider with what an API asked for (RFC 9470 §4)."""
        return self._send("transfer", parameters)

    def take_back(self) -> str:
        """Finish the attempt that this answer belongs to and return its purpose; raise TroubleError otherwise."""
        purpose = self._purpose()
        if request.args.get("iss") != self._issuer:
            raise TroubleError("wrong_issuer", purpose=purpose)
        before = visitor.current(session)
        token, name = self._redeem(purpose)
        if purpose == "transfer" and (before is None or before["sub"] != token["userinfo"]["sub"]):
            raise TroubleError("another_person", purpose=purpose)
        visitor.welcome(session, token, name=name)
        return purpose

    def refresh(self, kept: MutableMapping[str, Any]) -> None:
        """Exchange the refresh token for fresh tokens; without one, or when it has ended, sign in again."""
        known = kept["tokens"].get("refresh_token", "")
        try:
            with self._session() as client:
                token = client.refresh_token(self._metadata()["token_endpoint"], refresh_token=known) if known else {}
            token["userinfo"] = self._client.parse_id_token(token, nonce=None)
        except _FAILURES as error:
            raise TroubleError("sign_in_ended") from error
        except requests.RequestException as error:
            raise TroubleError("provider_unreachable") from error
        # OIDC Core 1.0 §12.2: the refreshed ID Token is about the same person, or it is nothing.
        if token["userinfo"] is None or token["userinfo"]["sub"] != kept["visitor"]["sub"]:
            raise TroubleError("sign_in_ended")
        visitor.welcome(kept, token)

    def leave(self, tokens: Mapping[str, Any]) -> str:
        """Give the refresh token back (RFC 7009) and return where to sign out (RP-Initiated Logout 1.0 §2)."""
        farewell = f"{self._address}/signed-out"
        try:
            metadata = self._metadata()
            if "refresh_token" in tokens:
                with self._session() as client:
                    client.revoke_token(metadata["revocation_endpoint"], token=tokens["refresh_token"])
            to: str = self._client.create_logout_url(farewell, tokens.get("id_token"), state="")["url"]
        except (TroubleError, *_FAILURES, requests.RequestException):
            return farewell
        return to

    def read(self, token: str, *, typ: str) -> Mapping[str, Any]:
        """Return the claims of a token that the provider has signed for the bank and that is still good.

        Raises JoseError or ValueError for any other, RequestException while the keys cannot be had.
        """
        algorithms = self._metadata()["id_token_signing_alg_values_supported"]
        try:
            found = jwt.decode(token, KeySet.import_key_set(self._client.fetch_jwk_set()), algorithms=algorithms)
        except InvalidKeyIdError:
            keys = KeySet.import_key_set(self._client.fetch_jwk_set(force=True))
            found = jwt.decode(token, keys, algorithms=algorithms)
        if found.header.get("typ") != typ:
            raise ValueError("a token of another kind")
        JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client.client_id},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(found.claims)
        return found.claims

    def satisfied_by(self) -> Mapping[str, list[str]]:
        """Return the provider's ladder: which level every other satisfies."""
        return dict(self._metadata().get("acr_satisfied_by", {}))

    def _metadata(self) -> Mapping[str, Any]:
        try:
            metadata: Mapping[str, Any] = self._client.load_server_metadata()
        except requests.RequestException as error:
            raise TroubleError("provider_unreachable") from error
        return metadata

    def _session(self) -> OAuth2Session:
        return OAuth2Session(self._client.client_id, self._client.client_secret, default_timeout=_TIMEOUT)

    def _send(self, purpose: str, wishes: Mapping[str, str]) -> WerkzeugResponse:
        visitor.drop_old_attempts(session)
        self._metadata()
        callback = f"{self._address}/callback"
        prepared = self._client.create_authorization_url(callback, ui_locales=spoken().tag, **wishes)
        url = prepared.pop("url")
        self._client.save_authorize_data(redirect_uri=callback, purpose=purpose, **prepared)
        return redirect(url, 303)

    def _purpose(self) -> str:
        kept = self._client.framework.get_state_data(session, request.args.get("state", ""))
        if kept is None:
            raise TroubleError("attempt_unknown")
        return str(kept["purpose"])

    def _redeem(self, purpose: str) -> tuple[MutableMapping[str, Any], str]:
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
        return token, str(profile.get("name", ""))
