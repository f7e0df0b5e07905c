"""HTTP as lean as a loader needs it: one socket that stays open, requests as bytes, answers read by length.

It must cost much less than the servers that it loads; http.client alone costs as much as some of them.
"""

import json
import re
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

FORM = "application/x-www-form-urlencoded"
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_LOCATION = re.compile(rb"\r\nlocation: *([^\r]*)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^=;\r]+)=([^;\r]*)([^\r]*)", re.IGNORECASE)
_GONE = re.compile(rb"max-age=0|expires=Thu, 01 Jan 1970", re.IGNORECASE)


class BenchError(Exception):
    """An answer was not what it must be: the run ends, for what is wrong must not be measured."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer."""

    status: int
    head: bytes
    body: bytes

    def json(self, status: int = 200) -> Any:
        """Return the JSON of an answer that has this status."""
        if self.status != status:
            raise BenchError(f"{self.status} instead of {status}: {self.text}")
        return json.loads(self.body)

    @property
    def text(self) -> str:
        """What it says, without markup."""
        return " ".join(re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", self.body.decode(), flags=re.S).split())[:600]

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        found = _LOCATION.search(self.head)
        if found is None or self.status not in (302, 303):
            raise BenchError(f"{self.status} instead of a redirect: {self.text}")
        return found[1].decode()


class Connection:
    """One connection to one server."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._rest = b""

    def send(self, request: bytes) -> None:
        """Send a request."""
        self._socket.sendall(request)

    def receive(self) -> Reply:
        """Wait for the answer and read all of it."""
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._more()
        head, start = data[: end + 2], end + 4
        found = _LENGTH.search(head)
        if found is None and _CHUNKED.search(head):
            return self._chunked(head, data[start:])
        size = start + (int(found[1]) if found else 0)
        while len(data) < size:
            data += self._more()
        self._rest = data[size:]
        return Reply(int(head[9:12]), head, data[start:size])

    def close(self) -> None:
        """Let go of it."""
        self._socket.close()

    def _chunked(self, head: bytes, data: bytes) -> Reply:
        body = b""
        while True:
            while (line := data.find(b"\r\n")) < 0:
                data += self._more()
            size = int(data[:line].partition(b";")[0], 16)
            while len(data) < line + 2 + size + 2:
                data += self._more()
            body += data[line + 2 : line + 2 + size]
            data = data[line + 2 + size + 2 :]
            if size == 0:
                self._rest = data
                return Reply(int(head[9:12]), head, body)

    def _more(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise BenchError("the server closed the connection")
        return part


class Jar:
    """The cookies of one person at one server."""

    def __init__(self) -> None:
        self._cookies: dict[bytes, bytes] = {}

    def keep(self, reply: Reply) -> None:
        """Do what the answer's Set-Cookie headers say."""
        for name, value, attributes in _COOKIE.findall(reply.head):
            if value and not _GONE.search(attributes):
                self._cookies[name] = value
            else:
                self._cookies.pop(name, None)

    def clear(self) -> None:
        """Forget everything."""
        self._cookies.clear()

    @property
    def line(self) -> str:
        """The header that brings them, if there are any."""
        if not self._cookies:
            return ""
        return "Cookie: " + b"; ".join(b"=".join(pair) for pair in self._cookies.items()).decode() + "\r\n"


def get(port: int, target: str, headers: str = "") -> bytes:
    """Return a GET as bytes; `headers` are whole lines."""
    return f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}\r\n".encode()


def post(port: int, target: str, fields: dict[str, str], headers: str = "") -> bytes:
    """Return a posted form as bytes."""
    body = urlencode(fields)
    return (
        f"POST {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{headers}"
        f"Content-Type: {FORM}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
