"""A gateway for messages that speaks HTTP on this machine, keeps what it was told, and fails as a test wants."""

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Told:
    """One request as it arrived."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Answer:
    """What it answers; `lost`: it takes the message and hangs up; `hangs`: it takes it and never answers."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    is_lost: bool = False
    hangs: bool = False


OK = Answer()
LOST = Answer(is_lost=True)
HANGS = Answer(hangs=True)


class Gateway:
    """What the gateway was told, and what it answers next: the script first, then always `usual`."""

    def __init__(self) -> None:
        self.url = ""
        self.host = ""
        self.port = 0
        self.told: list[Told] = []
        self.script: list[Answer] = []
        self.usual = OK
        self.lock = threading.Lock()
        self.released = threading.Event()

    @property
    def ids_told(self) -> list[str]:
        """The messages as they came, each as often as it came."""
        return [told.headers["idempotency-key"] for told in self.told]

    def answer(self, told: Told) -> Answer:
        with self.lock:
            self.told.append(told)
            return self.script.pop(0) if self.script else self.usual


@contextmanager
def gateway(trust: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    """Run a gateway until the block ends; over TLS with a server's context."""
    it = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def handle_one(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = it.answer(Told(self.command, self.path, headers, self.rfile.read(length)))
            self.close_connection = True
            if answer.hangs:
                it.released.wait(20)
            if answer.hangs or answer.is_lost:
                return
            self.send_response(answer.status)
            for name, value in {"Content-Type": "application/json", **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(answer.body)

        do_GET = do_POST = do_HEAD = handle_one  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if trust is not None:
        server.socket = trust.wrap_socket(server.socket, server_side=True)
    it.port = server.server_port
    it.host = f"localhost:{it.port}"
    it.url = f"{'https' if trust else 'http'}://{it.host}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield it
    finally:
        it.released.set()
        server.shutdown()
        thread.join()
        server.server_close()
