"""Two ways to reach a server: call its WSGI application in this process, or open a connection to a port."""

import http.client
import io
import ssl
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes, urlsplit

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Transport(Protocol):
    """Sends one request and waits for its answer."""

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> Reply:
        """Send it."""
        ...


class InProcess:
    """Calls a WSGI application as a server would."""

    def __init__(self, wsgi: Callable[..., Iterable[bytes]], *, address: str = "127.0.0.1") -> None:
        self._wsgi = wsgi
        self._address = address

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> Reply:
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, pairs: list[tuple[str, str]], _error: object = None
        ) -> Callable[[bytes], object]:
            started[:] = [(status, pairs)]
            return io.BytesIO().write

        result = self._wsgi(self._environ(method, url, headers, body), start_response)
        try:
            content = b"".join(result)
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        status, pairs = started[0]
        for name, value in pairs:
            assert not {"\r", "\n"} & set(name + value), f"a header was split: {name}: {value!r}"
        return Reply(int(status.split()[0]), tuple(pairs), content)

    def _environ(self, method: str, url: str, headers: Headers, body: bytes) -> dict[str, Any]:
        parts = urlsplit(url)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(parts.path or "/").decode("latin-1"),
            "QUERY_STRING": parts.query.encode("utf-8", "surrogateescape").decode("latin-1"),
            "SERVER_NAME": parts.hostname or "localhost",
            "SERVER_PORT": str(parts.port or (443 if parts.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": parts.netloc,
            "REMOTE_ADDR": self._address,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": parts.scheme,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        if body or method in {"POST", "PUT", "PATCH"}:
            environ["CONTENT_LENGTH"] = str(len(body))
        for name, value in headers:
            key = name.upper().replace("-", "_")
            key = key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
            environ[key] = f"{environ[key]}, {value}" if key in environ and key != "HTTP_HOST" else value
        return environ


class OverHttp:
    """Opens one connection a request to a server on this machine; over TLS where an address says so."""

    def __init__(self, *, timeout: float = 30, context: ssl.SSLContext | None = None) -> None:
        self._timeout = timeout
        self._context = context

    def send(self, method: str, url: str, headers: Headers, body: bytes) -> Reply:
        parts = urlsplit(url)
        connection = self._connection(parts.scheme, parts.hostname or "", parts.port)
        try:
            target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request(method, target, body=body or None, headers=dict(headers))
            response = connection.getresponse()
            return Reply(response.status, tuple(response.getheaders()), response.read())
        finally:
            connection.close()

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=self._timeout, context=self._context)
        return http.client.HTTPConnection(host, port, timeout=self._timeout)
