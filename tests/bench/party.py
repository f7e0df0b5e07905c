"""A relying party and its people as generators: each yields a request and is sent the answer, until one round is done.

Every answer is checked (status, `state`, `iss`, nonce, `sub`); signatures on a sample, as they would make the loader
the slower one.
"""

import base64
import html
import json
import os
import re
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pyotp
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.bench import cast
from tests.bench.wire import BenchError, Jar, Reply, get, post

Operation = Generator[bytes, Reply, None]
Make = Callable[[], Operation]
_SAMPLE = 200
"""One signature in so many is verified."""
_INPUT = re.compile(r"<input\b[^>]*>")
_ATTRIBUTE = re.compile(r'\b(name|value|type)="([^"]*)"')
_FORM = re.compile(r"<form\b.*?</form>", re.DOTALL)
_ACTION = re.compile(r'<form\b[^>]*\baction="([^"]*)"')
_ASKS = re.compile(r'\bname="(password|code|passkey)"')
_OPTIONS = re.compile(r'\bdata-options="([^"]*)"')


@dataclass
class Target:
    """One server under load, as the loader knows it."""

    name: str
    port: int
    keys: KeySet | None = None
    sends_iss: bool = True
    """Whether its authorization responses name the issuer (RFC 9207)."""
    host: str = "127.0.0.1"
    checked: int = 0

    @property
    def origin(self) -> str:
        """The issuer."""
        return f"http://{self.host}:{self.port}"

    def path(self, endpoint: str) -> str:
        """Return where it keeps an endpoint that the others have at the root."""
        return f"/oauth{endpoint}" if self.name == "canaille" else endpoint

    def check_token(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token that this server has signed; its signature is verified on a sample."""
        self.checked += 1
        if self.checked % _SAMPLE == 1 and self.keys is not None:
            claims: Mapping[str, Any] = jwt.decode(token, self.keys, algorithms=["RS256", "ES256"]).claims
        else:
            body = token.split(".")[1]
            claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        expect(claims["iss"] == self.origin, "iss", claims)
        return claims


@dataclass
class Person:
    """Somebody at a browser, and the tokens that the relying party got for them."""

    target: Target
    name: str
    jar: Jar = field(default_factory=Jar)
    tokens: dict[str, Any] = field(default_factory=dict)
    used: int = 0
    """The time step of the last code given."""

    def authorize(self, **more: str) -> Operation:
        """Ask for a code, do whatever the pages ask, and exchange it."""
        asked = _asked(more)
        yield from self._answered(asked, asked)

    def push(self) -> Operation:
        """Do the same with a request that is pushed first (RFC 9126)."""
        asked = _asked({})
        answer = (yield post(self.target.port, "/par", asked, cast.basic(cast.WEB))).json(201)
        yield from self._answered(asked, {"client_id": cast.WEB, "request_uri": answer["request_uri"]})

    def leave(self) -> Operation:
        """Sign out at the relying party's request, and agree where that is asked."""
        state = os.urandom(9).hex()
        asked = {"id_token_hint": self.tokens["id_token"], "post_logout_redirect_uri": cast.BYE, "state": state}
        reply = yield get(self.target.port, "/logout?" + urlencode(asked), self.jar.line)
        self.jar.keep(reply)
        if reply.status == 200:
            reply = yield self._agreed(reply)
            self.jar.keep(reply)
        expect(reply.location == f"{cast.BYE}?state={state}", "logout", reply.location)

    def _answered(self, asked: Mapping[str, str], sent: Mapping[str, str]) -> Operation:
        """Go from the address that the browser is sent to, to the tokens of what was asked."""
        query = urlencode(sent, quote_via=quote)
        reply = yield from self._browse(get(self.target.port, f"/authorize?{query}", self.jar.line))
        code = self._code(reply, asked["state"])
        fields = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": cast.CALLBACK,
            "code_verifier": cast.VERIFIER,
        }
        tokens = (yield post(self.target.port, "/token", fields, cast.basic(cast.WEB))).json()
        claims = self.target.check_token(tokens["id_token"])
        expect(claims["nonce"] == asked["nonce"] and claims["aud"] in (cast.WEB, [cast.WEB]), "id_token", claims)
        if "acr_values" in asked:
            expect(claims["acr"] == asked["acr_values"], "acr", claims)
        self.tokens = {**tokens, "sub": claims["sub"]}

    def _browse(self, request: bytes) -> Generator[bytes, Reply, Reply]:
        """Follow redirects and fill forms until the browser is sent to the relying party."""
        for _ in range(10):
            reply = yield request
            self.jar.keep(reply)
            if reply.status == 200:
                request = self._filled(reply)
                continue
            location = reply.location
            if location.startswith(cast.CALLBACK):
                return reply
            self.place = location.removeprefix(self.target.origin)
            request = get(self.target.port, self.place, self.jar.line)
        raise BenchError("a loop of redirects")

    def _filled(self, reply: Reply) -> bytes:
        """Return the form that asks for a proof, filled in; one without an action goes where the page is."""
        forms = (found for found in _FORM.findall(reply.body.decode()) if _ASKS.search(found))
        form = next(forms, "")
        expect(bool(form), "page", reply.text)
        inputs = (dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(form))
        typed = {"username": self.name, "password": cast.PASSWORD, "code": self._typed_code}
        fields = {}
        for each in inputs:
            name = each.get("name", "")
            if name in typed:
                value = typed[name]
                fields[name] = value() if callable(value) else str(value)
            elif name == "passkey":
                options = _OPTIONS.search(form)
                expect(options is not None, "ceremony", form)
                fields[name] = cast.DEVICES[self.target.origin, self.name].get(
                    html.unescape(options[1] if options else "")
                )
            elif each.get("type") == "hidden":
                fields[name] = each.get("value", "")
        action = _ACTION.match(form)
        origin = f"Origin: {self.target.origin}\r\n"
        return post(self.target.port, action[1] if action else self.place, fields, self.jar.line + origin)

    def _agreed(self, reply: Reply) -> bytes:
        """Return the form that asks whether one wishes to leave, agreed to."""
        form = "".join(_FORM.findall(reply.body.decode()))
        action = _ACTION.match(form)
        expect(action is not None, "page", reply.text)
        inputs = (dict(_ATTRIBUTE.findall(tag)) for tag in _INPUT.findall(form))
        fields = {each["name"]: each["value"] for each in inputs} | {"logout": "yes"}
        place = (action[1] if action else "").removeprefix(self.target.origin)
        return post(self.target.port, place, fields, self.jar.line + f"Origin: {self.target.origin}\r\n")

    def _typed_code(self) -> str:
        """Return a code that nobody has seen yet: a step is good once, and only forward (RFC 6238 §5.2)."""
        return pyotp.TOTP(cast.totp_secret(self.name)).at(self.used * 30)

    def _code(self, reply: Reply, state: str) -> str:
        answer = parse_qs(urlsplit(reply.location).query)
        expect(answer.get("state") == [state], "state", answer)
        expect(answer.get("iss") == [self.target.origin] or not self.target.sends_iss, "iss", answer)
        (code,) = answer.get("code", [""])
        expect(bool(code), "code", answer)
        return code


def expect(holds: bool, what: str, found: object) -> None:
    """Raise BenchError unless something holds."""
    if not holds:
        raise BenchError(f"{what} is wrong: {found}")


def _asked(more: Mapping[str, str]) -> dict[str, str]:
    return {
        "client_id": cast.WEB,
        "response_type": "code",
        "scope": cast.SCOPE,
        "redirect_uri": cast.CALLBACK,
        "state": os.urandom(9).hex(),
        "nonce": os.urandom(9).hex(),
        "code_challenge": cast.CHALLENGE,
        "code_challenge_method": "S256",
        **more,
    }
