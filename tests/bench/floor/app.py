"""The floor as a WSGI application: one function an endpoint, nothing between them and the server."""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

from tests.bench import cast
from tests.bench.floor.signing import Signer
from tests.bench.floor.storage import Storage

Pairs = list[tuple[str, str]]
Answer = tuple[str, Pairs, bytes]
_JSON = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Pragma", "no-cache")]
_SESSION = re.compile(r"\bsession=([^;]+)")
_INSERT_TOKEN = "INSERT INTO tokens VALUES (?, ?, ?, ?, ?)"
_PAGE = b"""<!doctype html><title>Sign in</title><form method="post"><input type="hidden" name="state" value="1">
<input id="username" name="username"><input id="password" name="password" type="password">
<button id="login-submit">Sign in</button></form>"""


class Floor:
    """The application."""

    def __init__(self, port: int, folder: Path) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self._storage = Storage(folder / "floor.sqlite3")
        self._signer = Signer()
        self._keys = json.dumps(self._signer.jwks).encode()
        names = ("authorization", "token", "userinfo", "introspection")
        self._metadata = json.dumps(
            {"issuer": self.issuer, **{f"{name}_endpoint": f"{self.issuer}/{name}" for name in names}}
        ).encode()
        self._routes: dict[str, Callable[[dict[str, Any]], Answer]] = {
            "/token": self._token,
            "/introspect": self._introspect,
            "/userinfo": self._user_info,
            "/authorize": self._authorize,
            "/login": self._login,
            "/jwks": lambda _environ: ("200 OK", _JSON[:1], self._keys),
            "/.well-known/openid-configuration": lambda _environ: ("200 OK", _JSON[:1], self._metadata),
        }

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        status, headers, body = self._routes[environ["PATH_INFO"]](environ)
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [body]

    def _token(self, environ: dict[str, Any]) -> Answer:
        form = _form(environ)
        match form["grant_type"][0]:
            case "client_credentials":
                return self._own(form, environ)
            case "refresh_token":
                return self._refresh(form)
        return self._redeem(form)

    def _own(self, form: dict[str, list[str]], environ: dict[str, Any]) -> Answer:
        client_id, now, scope = cast.client_of(environ["HTTP_AUTHORIZATION"]), int(time.time()), form["scope"][0]
        if client_id == "robot-opaque":
            token = secrets.token_urlsafe(32)
            self._storage.write([(_INSERT_TOKEN, (_hash(token), client_id, scope, now, now + 600))])
        else:
            claims = {
                "iss": self.issuer,
                "aud": cast.API,
                "sub": client_id,
                "client_id": client_id,
                "jti": secrets.token_hex(16),
                "iat": now,
                "exp": now + 600,
                "scope": scope,
            }
            token = self._signer.sign(claims, alg="RS256" if client_id == "robot-rs256" else "ES256")
        return _ok({"access_token": token, "token_type": "Bearer", "expires_in": 600, "scope": scope})

    def _introspect(self, environ: dict[str, Any]) -> Answer:
        token = _form(environ)["token"][0]
        sub, scope, issued, expires = self._storage.one(
            "SELECT sub, scope, issued, expires FROM tokens WHERE hash = ?", _hash(token)
        )
        told = {"active": True, "iss": self.issuer, "client_id": cast.WEB, "sub": sub, "scope": scope}
        return _ok({**told, "token_type": "Bearer", "aud": f"{self.issuer}/userinfo", "iat": issued, "exp": expires})

    def _user_info(self, environ: dict[str, Any]) -> Answer:
        token = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        (sub,) = self._storage.one("SELECT sub FROM tokens WHERE hash = ?", _hash(token))
        return _ok({"sub": sub, "email": f"{sub}@example.com", "email_verified": True})

    def _authorize(self, environ: dict[str, Any]) -> Answer:
        session = _SESSION.search(environ.get("HTTP_COOKIE", ""))
        if session is None:
            name = secrets.token_hex(16)
            self._storage.write([("INSERT INTO interactions VALUES (?, ?)", (name, environ["QUERY_STRING"]))])
            return "303 See Other", [("Location", f"/login?id={name}")], b""
        (sub,) = self._storage.one("SELECT sub FROM sessions WHERE hash = ?", _hash(session[1]))
        return self._granted(sub, environ["QUERY_STRING"], [], [])

    def _login(self, environ: dict[str, Any]) -> Answer:
        if environ["REQUEST_METHOD"] == "GET":
            return "200 OK", [("Content-Type", "text/html; charset=utf-8")], _PAGE
        (request,) = self._storage.one(
            "SELECT request FROM interactions WHERE id = ?", environ["QUERY_STRING"].removeprefix("id=")
        )
        sub, session = _form(environ)["username"][0], secrets.token_urlsafe(32)
        row = ("INSERT INTO sessions VALUES (?, ?, ?)", (_hash(session), sub, int(time.time())))
        return self._granted(sub, request, [("Set-Cookie", f"session={session}; Path=/; HttpOnly")], [row])

    def _granted(self, sub: str, query: str, headers: Pairs, rows: list[tuple[str, tuple[Any, ...]]]) -> Answer:
        asked, code = parse_qs(query), secrets.token_urlsafe(32)
        self._storage.write(
            [
                *rows,
                ("INSERT INTO codes VALUES (?, ?, ?, 0)", (_hash(code), sub, asked["nonce"][0])),
                ("INSERT INTO decisions VALUES (?, ?, ?)", (secrets.token_hex(16), sub, int(time.time()))),
            ]
        )
        answer = urlencode({"code": code, "state": asked["state"][0], "iss": self.issuer})
        return "303 See Other", [*headers, ("Location", f"{asked['redirect_uri'][0]}?{answer}")], b""

    def _redeem(self, form: dict[str, list[str]]) -> Answer:
        code_hash = _hash(form["code"][0])
        sub, nonce = self._storage.one("SELECT sub, nonce FROM codes WHERE hash = ?", code_hash)
        refresh = secrets.token_urlsafe(64)
        spent = ("UPDATE codes SET spent = 1 WHERE hash = ? AND spent = 0", (code_hash,))
        family = ("INSERT INTO families VALUES (?, ?, NULL)", (_hash(refresh), sub))
        return self._issued(sub, refresh, {"nonce": nonce}, [spent, family])

    def _refresh(self, form: dict[str, list[str]]) -> Answer:
        presented, refresh = _hash(form["refresh_token"][0]), secrets.token_urlsafe(64)
        (sub,) = self._storage.one("SELECT sub FROM families WHERE hash = ?", presented)
        rotate = "UPDATE families SET hash = ?, previous = hash WHERE hash = ?"
        return self._issued(sub, refresh, {}, [(rotate, (_hash(refresh), presented))])

    def _issued(self, sub: str, refresh: str, more: dict[str, str], rows: list[tuple[str, tuple[Any, ...]]]) -> Answer:
        now, token = int(time.time()), secrets.token_urlsafe(32)
        claims = {
            **more,
            "iss": self.issuer,
            "sub": sub,
            "aud": cast.WEB,
            "iat": now,
            "exp": now + 600,
            "auth_time": now,
            "acr": "urn:idp:acr:1fa",
            "amr": ["pwd"],
        }
        signed = self._signer.sign(claims, alg="RS256")
        row = (_INSERT_TOKEN, (_hash(token), sub, cast.SCOPE, now, now + 600))
        self._storage.write([*rows, row], is_durable=True)
        reply = {"access_token": token, "token_type": "Bearer", "expires_in": 600, "scope": cast.SCOPE}
        return _ok({**reply, "id_token": signed, "refresh_token": refresh})


def _form(environ: dict[str, Any]) -> dict[str, list[str]]:
    return parse_qs(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode())


def _ok(body: dict[str, Any]) -> Answer:
    return "200 OK", _JSON, json.dumps(body, separators=(",", ":")).encode()


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
