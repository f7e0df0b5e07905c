"""A provider in this process that a real browser can talk to: its pages over HTTP, its database and clock in hand."""

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
def live(make: Callable[[str], Provider]) -> Iterator[Provider]:
    """Serve the provider that `make` makes for the issuer it is given, until the block ends."""
    made: list[Provider] = []
    server = make_server(
        "127.0.0.1",
        0,
        lambda environ, start: made[0].wsgi(environ, start),
        server_class=_Server,
        handler_class=_Handler,
    )
    made.append(make(f"http://localhost:{server.server_port}"))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield made[0]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
