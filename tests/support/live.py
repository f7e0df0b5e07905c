"""A provider in this process that a real browser can talk to: its pages over HTTP, its database and clock in hand."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from tests.support.provider import Provider


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def answering(app: Callable[..., Any], *, port: int = 0, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """Let an application answer on a port, a free one unless it is given, until the block ends; give the port.

    `context`: what it shows of itself over TLS.
    """
    with make_server("127.0.0.1", port, app, server_class=_Server, handler_class=_Handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def live(make: Callable[[str], Provider]) -> Iterator[Provider]:
    """Serve the provider that `make` makes for the issuer it is given, until the block ends."""
    made: list[Provider] = []
    with answering(lambda environ, start: made[0].wsgi(environ, start)) as port:
        made.append(make(f"http://localhost:{port}"))
        yield made[0]
