"""A server that answers a byte at a time holds nobody up for longer than a connection lasts."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import pytest
import requests

from idp.delivery import outside, timed
from idp.delivery.outcome import Later
from tests.support.certificate import certificate
from tests.support.gateway import gateway
from tests.support.waiting import until


@contextmanager
def dripping(trust: ssl.SSLContext | None) -> Iterator[int]:
    """Answer a connection letter by letter, with a line that never ends, until the block ends; give the port."""
    is_over = threading.Event()

    def drip(peer: socket.socket) -> None:
        try:
            with trust.wrap_socket(peer, server_side=True) if trust else peer as told:
                told.recv(65_536)
                for letter in cycle(b"HTTP/1.1 200 OK"):
                    if is_over.wait(0.2):
                        return
                    told.sendall(bytes([letter]))
        except OSError:
            return

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=lambda: drip(server.accept()[0]))
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            is_over.set()
            thread.join()


def test_answer_that_drips_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time-out between two bytes is ever reached; the connection ends all the same, and may have been of use."""
    monkeypatch.setattr(timed, "LONGEST", 0.5)
    with dripping(None) as port:
        began = time.monotonic()
        answer = outside.post(f"http://127.0.0.1:{port}/", b"x", {}, timeouts=(5, 5), may_be_here=True)
        assert time.monotonic() - began < 5
    assert isinstance(answer, Later)
    assert answer.is_unsure


def test_answer_that_drips_over_tls_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where TLS has taken over the first handle on the connection."""
    monkeypatch.setattr(timed, "LONGEST", 0.5)
    made = certificate(tmp_path)
    with dripping(made.server()) as port, requests.Session() as session:
        session.mount("https://", timed.TimedAdapter())
        began = time.monotonic()
        with pytest.raises(requests.RequestException):
            session.post(f"https://localhost:{port}/", data=b"x", timeout=(5, 5), verify=str(made.chain))
        assert time.monotonic() - began < 5


def test_guard_ends_with_its_connection() -> None:
    """Whoever answers at once leaves no thread and no handle behind."""
    before = threading.active_count()
    with gateway() as server:
        for _ in range(3):
            assert outside.post(server.url, b"x", {}, timeouts=(5, 5), may_be_here=True) == (200, "")
    until(lambda: threading.active_count() <= before)
