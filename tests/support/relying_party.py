"""A relying party that is as strict as it may be: PKCE, state, nonce, `iss`, and every check of an ID token."""

import base64
import hashlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.browser import FORM, Page
from tests.support.transport import Transport

CALLBACK = "https://rp1.test/cb"


@dataclass(frozen=True)
class Attempt:
    """One authorization request, and what must come back with its answer."""

    url: str
    parameters: Mapping[str, str]
    state: str
    nonce: str
    verifier: str = field(repr=False)


@dataclass(frozen=True)
class Tokens:
    """A token reply that passed every check."""

    claims: Mapping[str, Any]
    header: Mapping[str, Any]
    access_token: str
    id_token: str
    reply: Mapping[str, Any]

    @property
    def acr(self) -> str:
        return str(self.claims["acr"])

    @property
    def amr(self) -> set[str]:
        amr = self.claims["amr"]
        assert len(amr) == len(set(amr)), amr
        return set(amr)

    @property
    def auth_time(self) -> int:
        auth_time = self.claims["auth_time"]
        assert isinstance(auth_time, int)
        return auth_time


class RelyingParty:
    """One registered client."""

    def __init__(
        self,
        transport: Transport,
        *,
        issuer: str,
        client_id: str,
        secret: str = "",
        redirect_uri: str = CALLBACK,
        now: Callable[[], datetime],
        auth_method: str = "client_secret_basic",
        alg: str = "RS256",
    ) -> None:
        self.issuer = issuer
        self.client_id = client_id
        self.secret = secret
        self.redirect_uri = redirect_uri
        self.auth_method = auth_method
        self.alg = alg
        self._transport = transport
        self._now = now

    def attempt(self, *, without: tuple[str, ...] = (), **parameters: str) -> Attempt:
        """Make an authorization request; `parameters` add to it or replace, `without` leaves some out."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        asked = {
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "response_type": "code",
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        } | parameters
        asked = {name: value for name, value in asked.items() if name not in without}
        url = f"{self.issuer}/authorize?{urlencode(asked)}"
        return Attempt(url, asked, asked.get("state", ""), asked.get("nonce", ""), verifier)

    def code(self, attempt: Attempt, page: Page) -> str:
        """Return the code that `page` brings, after the checks of RFC 6749 §4.1.2 and RFC 9207 §2.4."""
        answer = self._answer(attempt, page)
        assert "code" in answer, f"no code: {answer}"
        assert "error" not in answer
        return answer["code"]

    def error(self, attempt: Attempt, page: Page) -> str:
        """Return the error that `page` brings; no code comes with it."""
        answer = self._answer(attempt, page)
        assert "code" not in answer
        return answer["error"]

    def _answer(self, attempt: Attempt, page: Page) -> dict[str, str]:
        if page.location:
            assert page.status == 303, page
            assert page.location.partition("?")[0] == self.redirect_uri, page
        else:
            assert page.status == 200, page
            assert page.document.forms[0].action == self.redirect_uri, page
            assert page.document.forms[0].method == "POST", page
        answer = page.answer
        assert answer.pop("iss") == self.issuer
        assert answer.get("state", "") == attempt.state
        return answer

    def post(self, path: str, fields: Mapping[str, str], *, headers: Mapping[str, str] | None = None) -> Page:
        """Post a form to one of the provider's machine endpoints."""
        url = self.issuer + path
        sent = {"Content-Type": FORM, **(headers or {})}
        return Page("POST", url, self._transport.send("POST", url, list(sent.items()), urlencode(fields).encode()))

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Page:
        """Read one of the provider's machine endpoints."""
        url = self.issuer + path
        return Page("GET", url, self._transport.send("GET", url, list((headers or {}).items()), b""))

    def token_request(self, attempt: Attempt, code: str, **changes: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return the fields and headers that redeem `code`; `changes` replace fields, an empty one leaves it out."""
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        more, headers = self._proof()
        return {name: value for name, value in (fields | more | changes).items() if value}, headers

    def push_request(self, attempt: Attempt, **changes: str) -> tuple[dict[str, str], dict[str, str]]:
        """Return the fields and headers that push a request (RFC 9126 §2.1); `changes` as for `token_request`."""
        more, headers = self._proof()
        fields = {**attempt.parameters, **more, **changes}
        return {name: value for name, value in fields.items() if value}, headers

    def push(self, attempt: Attempt, **changes: str) -> Page:
        """Send a request to `/par` and return the raw answer."""
        fields, headers = self.push_request(attempt, **changes)
        return self.post("/par", fields, headers=headers)

    def pushed(self, **parameters: str) -> Attempt:
        """Push a request; return it with the address that the browser is sent to."""
        attempt = self.attempt(**parameters)
        answer = self.push(attempt)
        assert answer.status == 201, answer
        return replace(attempt, url=self.authorize_url(answer.json()["request_uri"]))

    def authorize_url(self, request_uri: str, **beside: str) -> str:
        """Return the address that refers to a pushed request (RFC 9126 §4), with parameters beside it."""
        asked = {"client_id": self.client_id, "request_uri": request_uri, **beside}
        return f"{self.issuer}/authorize?{urlencode(asked)}"

    def _proof(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the fields and headers that say which client this is."""
        match self.auth_method:
            case "client_secret_basic":
                return {}, {"Authorization": basic(self.client_id, self.secret)}
            case "client_secret_post":
                return {"client_id": self.client_id, "client_secret": self.secret}, {}
        return {"client_id": self.client_id}, {}

    def redeem(self, attempt: Attempt, code: str, **changes: str) -> Page:
        """Send the code to `/token` and return the raw answer."""
        fields, headers = self.token_request(attempt, code, **changes)
        return self.post("/token", fields, headers=headers)

    def tokens(self, attempt: Attempt, page: Page) -> Tokens:
        """Go from an authorization response to checked tokens."""
        answer = self.redeem(attempt, self.code(attempt, page))
        assert answer.status == 200, answer
        assert "no-store" in answer.header("cache-control")
        reply = answer.json()
        assert reply["token_type"] == "Bearer"
        assert 0 < reply["expires_in"] <= 600
        claims, header = self.checked(reply["id_token"], nonce=attempt.nonce, access_token=reply["access_token"])
        return Tokens(claims, header, reply["access_token"], reply["id_token"], reply)

    def checked(self, id_token: str, *, nonce: str, access_token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Check an ID token as OIDC Core 1.0 §3.1.3.7 asks, and more strictly where we may."""
        keys = self.get("/jwks").json()
        token = jwt.decode(id_token, KeySet.import_key_set(keys), algorithms=[self.alg])
        claims, header = token.claims, token.header
        assert [key["kid"] for key in keys["keys"]].count(header["kid"]) == 1
        assert header["alg"] == self.alg
        assert claims["iss"] == self.issuer
        assert claims["aud"] == self.client_id, "a list of one is allowed, a string is what every client reads"
        assert claims.get("azp", self.client_id) == self.client_id
        assert claims.get("nonce", "") == nonce
        now = self._now().timestamp()
        assert now - 60 <= claims["iat"] <= now + 1
        assert now < claims["exp"] <= now + 3600
        assert claims["at_hash"] == half_hash(access_token)
        assert 0 < len(claims["sub"]) <= 255
        return claims, header

    def userinfo(self, access_token: str) -> Page:
        """Ask UserInfo with a bearer token."""
        return self.get("/userinfo", headers={"Authorization": f"Bearer {access_token}"})


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge (RFC 7636 §4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def half_hash(value: str) -> str:
    """Return `at_hash` for the SHA-256 family (OIDC Core 1.0 §3.1.3.6)."""
    return base64.urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


def basic(client_id: str, secret: str) -> str:
    """Return the Basic header of a client (RFC 6749 §2.3.1)."""
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()
