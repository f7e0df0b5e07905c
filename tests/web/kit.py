"""What the tests of `idp.web` share: a database that remembers how it was left, and one WSGI call."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from flask import Flask

from idp.core.secrets import SecretKeys
from idp.core.tokens import SystemTokens
from idp.storage.tx import Tx
from idp.web.cookies import Cookies
from idp.web.csrf import Csrf
from idp.web.languages import read_catalogues
from idp.web.pages import Pages, prepare

ISSUER = "http://localhost:8000"
KEYS = SecretKeys(["a key that only tests use, long enough"])


class NullTx:
    """A hold on no database: the web floor only opens and closes it."""

    keys = KEYS

    def one(self, statement: Any, parameters: Any = None) -> None:
        raise AssertionError("no reads here")

    def all(self, statement: Any, parameters: Any = None) -> list[Any]:
        raise AssertionError("no reads here")

    def change(self, statement: Any, parameters: Any = None) -> int:
        raise AssertionError("no writes here")

    def after_commit(self, call: Any) -> None:
        raise AssertionError("no writes here")


@dataclass
class RecordedDatabase:
    """Notes how each transaction ended, and whether it was durable."""

    ends: list[tuple[str, bool]] = field(default_factory=list)

    @contextmanager
    def transaction(self, *, durable: bool = False) -> Iterator[Tx]:
        try:
            yield NullTx()
        except BaseException:
            self.ends.append(("rolled back", durable))
            raise
        self.ends.append(("committed", durable))


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


def call(app: Any, method: str, path: str, *, query: str = "", body: bytes = b"", **environ: Any) -> Reply:
    """Make one WSGI request; keyword arguments override the environment."""
    seen: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        seen.update(status=int(status.split()[0]), headers=dict(headers))

    full = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.7",
        "CONTENT_LENGTH": str(len(body)) if body else "",
        "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": "http",
        "wsgi.errors": BytesIO(),
    } | environ
    parts = app(full, start_response)
    return Reply(seen["status"], seen["headers"], b"".join(parts))


def flask_app(*, is_https: bool = False) -> Flask:
    """Return a Flask app prepared for our pages, without views."""
    from pathlib import Path

    tokens = SystemTokens()
    app = Flask("tests.web", template_folder=str(Path(__file__).parents[2] / "templates"), static_folder=None)
    issuer = "https://id.example" if is_https else ISSUER
    cookies, csrf = Cookies(issuer), Csrf(keys=KEYS, issuer=issuer)
    pages = Pages(tokens=tokens, cookies=cookies, catalogues=read_catalogues())
    prepare(app, pages=pages, tokens=tokens, cookies=cookies, csrf=csrf)
    app.extensions["pages"] = pages
    return app
