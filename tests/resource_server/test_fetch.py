"""The one place that opens a connection keeps its bounds."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from idp.resource_server import ProviderUnavailableError, UrllibFetcher
from idp.resource_server.fetch import is_safe_url
from tests.resource_server.kit import Answer, Provider


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://idp.example", True),
        ("https://idp.example:8443/a?b=c", True),
        ("http://localhost:8000", True),
        ("http://127.0.0.1:8000/x", True),
        ("http://[::1]:8000/x", True),
        ("http://idp.example", False),
        ("http://127.0.0.1.example", False),
        ("http://localhost.example", False),
        ("https://user@idp.example", False),
        ("https://:password@idp.example", False),
        ("https://idp.example/#x", False),
        ("https://idp.example/a b", False),
        ("https://idp.example\\@other", False),
        ("https://idp.exam\nple", False),
        ("https://idp.exämple", False),
        ("https://idp.example:99999", False),
        ("https://[::1", False),
        ("https://", False),
        ("ftp://localhost", False),
        ("file:///etc/passwd", False),
        ("//idp.example", False),
        ("", False),
    ],
)
def test_address_is_https_or_loopback(url: str, is_safe: bool) -> None:
    """Nothing is asked of anybody over plain http, nor at an address that reads two ways."""
    assert is_safe_url(url) is is_safe


def test_unsafe_address_is_not_asked() -> None:
    """The check is in the one place that nothing goes round."""
    with pytest.raises(ProviderUnavailableError, match="https"):
        UrllibFetcher().fetch("file:///etc/passwd")


def test_any_status_is_an_answer(provider: Provider) -> None:
    """Who asked judges the status; header names are in lower case."""
    provider.answers["/x"] = Answer(418, b"tea", {"X-Kind": "Green"})
    answer = UrllibFetcher().fetch(provider.issuer + "/x")
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (418, b"tea", "Green")


def test_answer_is_refused_when_it_is_too_long(provider: Provider) -> None:
    """Memory stays flat whatever is sent."""
    provider.answers["/x"] = Answer(200, b"x" * 20_000)
    with pytest.raises(ProviderUnavailableError, match="too long"):
        UrllibFetcher(largest=10_000).fetch(provider.issuer + "/x")


def test_answer_is_refused_when_it_drips(provider: Provider) -> None:
    """The time limit is on the whole answer: a byte now and then does not prolong it."""
    provider.answers["/x"] = Answer(200, b"x" * 100)
    times = iter([0.0, 3.5])
    with pytest.raises(ProviderUnavailableError, match="takes too long"):
        UrllibFetcher(monotonic=lambda: next(times)).fetch(provider.issuer + "/x")


@contextmanager
def a_rude_server(said: bytes) -> Iterator[str]:
    """Serve one connection: say this, and no more."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(said)
                if not said:
                    connection.recv(1)  # until the other side gives up

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
        thread.join()


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    ],
    ids=["silence", "no http", "cut short", "bad chunk", "headers without end"],
)
def test_broken_answer_is_the_providers_trouble(said: bytes) -> None:
    """Whatever goes wrong on the line is one error of ours."""
    with a_rude_server(said) as url, pytest.raises(ProviderUnavailableError):
        UrllibFetcher(timeout=0.3).fetch(url)


def test_nobody_there_is_the_providers_trouble() -> None:
    """A refused connection is one error of ours."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ProviderUnavailableError):
        UrllibFetcher().fetch(f"http://127.0.0.1:{port}/")
