"""Many requests at once: all connections open, all but the last byte of each request sent, then released together.

So every request has arrived before any can be answered, and nothing but the server decides the order.
"""

import http.client
import io
import selectors
import socket
import ssl
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from tests.support.browser import FORM
from tests.support.transport import Reply


@dataclass(frozen=True)
class Shot:
    """One form to post, or a page to get."""

    url: str
    fields: Sequence[tuple[str, str]]
    headers: Mapping[str, str]
    method: str = "POST"

    def bytes(self) -> bytes:
        parts = urlsplit(self.url)
        body = urlencode(self.fields).encode()
        lines = [
            f"{self.method} {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1",
            f"Host: {parts.netloc}",
        ]
        sent = {"Content-Type": FORM, "Content-Length": str(len(body)), "Connection": "close", **self.headers}
        lines += [f"{name}: {value}" for name, value in sent.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def par(shots: Sequence[Shot], *, timeout: float = 30, context: ssl.SSLContext | None = None) -> list[Reply]:
    """Send all shots at the same moment and return their replies in order; over TLS with a context."""
    sockets = [_connected(shot.url, timeout, context) for shot in shots]
    try:
        requests = [shot.bytes() for shot in shots]
        for connection, request in zip(sockets, requests, strict=True):
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(request[:-1])
        time.sleep(0.05)  # lets the server take in what was sent; correctness does not depend on it
        for connection, request in zip(sockets, requests, strict=True):
            connection.sendall(request[-1:])
        return _replies(sockets, timeout)
    finally:
        for connection in sockets:
            connection.close()


def answered(shots: Sequence[Shot]) -> list[Reply]:
    """Send all shots at the same moment, and those told to come again until they are answered, as a client does."""
    replies = par(shots)
    while late := [place for place, reply in enumerate(replies) if reply.status == 503]:
        for place, reply in zip(late, par([shots[place] for place in late]), strict=True):
            replies[place] = reply
    return replies


def _connected(url: str, timeout: float, context: ssl.SSLContext | None) -> socket.socket:
    parts = urlsplit(url)
    plain = socket.create_connection((parts.hostname, parts.port), timeout)
    return plain if context is None else context.wrap_socket(plain, server_hostname=parts.hostname)


def _received(connection: socket.socket) -> bytes:
    """Return what has come, all of it: what TLS has read already no selector tells of."""
    chunk = connection.recv(65536)
    while isinstance(connection, ssl.SSLSocket) and connection.pending():
        chunk += connection.recv(65536)
    return chunk


def _replies(sockets: Sequence[socket.socket], timeout: float) -> list[Reply]:
    received = {connection: bytearray() for connection in sockets}
    deadline = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for connection in sockets:
            selector.register(connection, selectors.EVENT_READ)
        while selector.get_map():
            assert time.monotonic() < deadline, f"{len(selector.get_map())} of {len(sockets)} requests got no answer"
            for key, _ in selector.select(1):
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                chunk = _received(connection)
                received[connection] += chunk
                if not chunk:
                    selector.unregister(connection)
    return [_parse(bytes(received[connection])) for connection in sockets]


class _Buffer:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def makefile(self, *_: object) -> object:
        return io.BytesIO(self._content)


def _parse(raw: bytes) -> Reply:
    assert raw, "the connection was closed without an answer"
    response = http.client.HTTPResponse(_Buffer(raw))  # type: ignore[arg-type]
    response.begin()
    return Reply(response.status, tuple(response.getheaders()), response.read())
