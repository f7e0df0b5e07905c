"""An external verifier, as somebody else would write one: reads a signed request, signs an answer (README)."""

import json
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.support.provider import Provider

NAME = "badge_desk"


class Verifier:
    """One verifier and its key."""

    def __init__(self, url: str = "https://verify.example/start") -> None:
        self.url = url
        parts = urlsplit(url)
        self.issuer = f"{parts.scheme}://{parts.netloc}"
        self.key = ECKey.generate_key("P-256", {"kid": "desk-1"}, private=True)

    def declared(self, **changes: Any) -> str:
        """What `IDP_VERIFIERS` says of it."""
        plain = {
            "name": NAME,
            "url": self.url,
            "jwks": {"keys": [self.key.as_dict(private=False)]},
            "names": {"en": "Badge desk", "ja": "社員証窓口"},
            "kind": "have",
            "amr": ["sc"],
            "acr": "badge-seen",
        }
        return json.dumps([plain | changes])

    def read(self, provider: Provider, url: str) -> Mapping[str, Any]:
        """Read a request as it arrives, checked against the keys that the provider publishes."""
        assert url.startswith(f"{self.url}?request=")
        keys = KeySet.import_key_set(provider.browser().get("/jwks").json())
        token = jwt.decode(parse_qs(urlsplit(url).query)["request"][0], keys, algorithms=["ES256"])
        assert token.header["typ"] == "verification-request+jwt"
        assert (token.claims["iss"], token.claims["aud"]) == (provider.issuer, self.issuer)
        assert token.claims["redirect_uri"].startswith(f"{provider.issuer}/login/")
        return token.claims

    def answer(
        self, request: Mapping[str, Any], now: datetime, *, key: ECKey | None = None, header: Any = None, **changes: Any
    ) -> str:
        """Vouch for the person that the request is about."""
        claims = {
            "iss": self.issuer,
            "aud": request["iss"],
            "sub": request["sub"],
            "nonce": request["nonce"],
            "state": request["state"],
            "acr": request.get("acr_values", ""),
            "iat": int(now.timestamp()),
            "exp": int(now.timestamp()) + 60,
        }
        said = {name: value for name, value in (claims | changes).items() if value is not None}
        signed = {"alg": "ES256", "kid": "desk-1", "typ": "verification-answer+jwt"} | (header or {})
        return jwt.encode(signed, said, key or self.key, algorithms=["ES256"])


@contextmanager
def verifier_site(now: Any) -> Iterator[Verifier]:
    """Run a verifier that vouches for whoever presses its button, until the block ends."""
    found: list[Verifier] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if not self.path.startswith("/start?"):  # the icon that browsers look for
                self._say(204, b"")
                return
            request = parse_qs(urlsplit(self.path).query)["request"][0]
            held = f'<input type="hidden" name="r" value="{request}">'
            page = f'<form method="post">{held}<button id="seen">Badge seen</button></form>'
            self._say(200, page.encode())

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            claims = json.loads(_middle(form["r"][0]))
            answer = found[0].answer(claims, now())
            self._say(303, b"", to=f"{claims['redirect_uri']}?{urlencode({'answer': answer})}")

        def _say(self, status: int, body: bytes, *, to: str = "") -> None:
            self.send_response(status)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            if to:
                self.send_header("Location", to)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.append(Verifier(f"http://127.0.0.1:{server.server_port}/start"))
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield found[0]
        finally:
            server.shutdown()
            thread.join()


def _middle(token: str) -> bytes:
    """Return the claims of a token; whether they are the provider's is checked in `Verifier.read`."""
    part = token.split(".")[1]
    return urlsafe_b64decode(part + "=" * (-len(part) % 4))
