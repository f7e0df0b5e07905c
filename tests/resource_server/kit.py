"""A provider on loopback with real keys, tokens made by hand."""

import base64
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from idp.resource_server import ResourceServer
from tests.support.clock import START, FixedClock

NOW = START
API = "https://api.example"
MFA, TWO_STEPS, ONE = "urn:idp:acr:mfa", "urn:idp:acr:2sv", "urn:idp:acr:1fa"
LADDER = {
    ONE: [ONE, TWO_STEPS, MFA, "silver", "phr", "phrh"],
    TWO_STEPS: [TWO_STEPS, MFA, "silver", "phr", "phrh"],
    MFA: [MFA, "silver", "phr", "phrh"],
    "phr": ["phr", "phrh"],
    "phrh": ["phrh"],
}
"""`silver` is an alias of MFA."""


@cache
def a_key(kind: str) -> Key:
    """Return one key a kind for the whole run: making RSA keys is slow."""
    if kind.startswith("rsa"):
        return RSAKey.generate_key(2048, auto_kid=True)
    if kind.startswith("okp"):
        return OKPKey.generate_key("Ed25519", auto_kid=True)
    if kind.startswith("oct"):
        return OctKey.generate_key(256, auto_kid=True)
    return ECKey.generate_key("P-256", auto_kid=True)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Answer:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Provider:
    """What the provider answers; change it while it runs."""

    issuer: str
    keys: list[dict[str, Any]] = field(default_factory=list)
    discovery: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    """Overrides by path."""
    introspected: dict[str, Any] = field(default_factory=dict)
    """What is said of each opaque token."""
    is_down: bool = False
    hold: Callable[[str], None] = lambda path: None
    seen: Counter[str] = field(default_factory=Counter)
    forms: list[tuple[str, str]] = field(default_factory=list)
    """Authorization header and body of each POST."""

    def answer(self, path: str, form: Mapping[str, str]) -> Answer:
        self.seen[path] += 1
        self.hold(path)
        if self.is_down:
            return Answer(503)
        if path in self.answers:
            return self.answers[path]
        match path:
            case "/.well-known/openid-configuration":
                return Answer(body=json.dumps(self.discovery).encode())
            case "/jwks":
                return Answer(body=json.dumps({"keys": self.keys}).encode())
            case "/introspect":
                said = self.introspected.get(form.get("token", ""), {"active": False})
                return Answer(body=said if isinstance(said, bytes) else json.dumps(said).encode())
        return Answer(404)


@contextmanager
def a_provider(*kinds: str) -> Iterator[Provider]:
    """Serve a provider with one key of each kind."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._reply(provider.answer(self.path, {}))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            provider.forms.append((self.headers.get("Authorization", ""), body))
            self._reply(provider.answer(self.path, dict(parse_qsl(body))))

        def _reply(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            try:
                self.wfile.write(answer.body)
            except OSError:  # who asked has gone: that is what a test of a limit is about
                self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        issuer = f"http://127.0.0.1:{server.server_port}"
        provider = Provider(issuer, keys=[a_key(kind).as_dict(private=False) for kind in kinds or ("ec",)])
        provider.discovery = {
            "issuer": issuer,
            "jwks_uri": issuer + "/jwks",
            "introspection_endpoint": issuer + "/introspect",
            "acr_satisfied_by": LADDER,
        }
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield provider
        finally:
            server.shutdown()
            thread.join()


def an_api(provider: Provider, clock: FixedClock, **options: Any) -> ResourceServer:
    return ResourceServer(provider.issuer, API, clock=clock, **options)


def claims_of(issuer: str, **changed: Any) -> dict[str, Any]:
    """Return the claims of a good token; a change to None leaves the claim out."""
    stamp = int(NOW.timestamp())
    claims = {
        "iss": issuer,
        "aud": [API],
        "sub": "person",
        "client_id": "bank",
        "jti": "one",
        "iat": stamp,
        "exp": stamp + 600,
        "auth_time": stamp,
        "acr": MFA,
        "amr": ["pwd", "otp", "mfa"],
        "scope": "openid transfer",
    }
    return {name: value for name, value in (claims | changed).items() if value is not None}


def sign(header: Any, payload: Any, key: Key, *, alg: str = "ES256") -> str:
    """Sign any header over any payload, sensible or not; bytes go in as they are."""
    parts = [part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)]
    signed = ".".join(b64(part) for part in parts)
    return signed + "." + b64(JWSRegistry.algorithms[alg].sign(signed.encode(), key))


def a_token(issuer: str, *, header: Mapping[str, Any] | None = None, kind: str = "ec", **changed: Any) -> str:
    """Return a token of the provider's, good but for what is changed."""
    key = a_key(kind)
    full = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid} | dict(header or {})
    return sign({name: value for name, value in full.items() if value is not None}, claims_of(issuer, **changed), key)
