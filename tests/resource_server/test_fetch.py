"""The one place that opens a connection keeps its bounds."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

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


@contextmanager
def a_tls_server(folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve one answer over TLS with a certificate of its own; yield its address and the certificate."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    made = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=1,
        not_valid_before=start,
        not_valid_after=start + datetime.timedelta(days=2),
    )
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = made.add_extension(names, critical=True).add_extension(x509.BasicConstraints(True, None), critical=True)
    own, private = folder / "own.pem", folder / "private.pem"
    own.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own, private)
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection, suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
                secure.recv(4096)
                secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"HTTPS://127.0.0.1:{listening.getsockname()[1]}/", own
        thread.join()


@pytest.mark.parametrize("is_trusted", [True, False])
def test_certificate_must_be_trusted(is_trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RFC 9110 §4.3.4: an answer over TLS is the provider's only if its certificate is."""
    with a_tls_server(tmp_path) as (url, own):
        monkeypatch.setenv("SSL_CERT_FILE", str(own) if is_trusted else str(tmp_path / "none.pem"))
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        if is_trusted:
            assert UrllibFetcher().fetch(url).body == b"{}"
        else:
            with pytest.raises(ProviderUnavailableError):
                UrllibFetcher().fetch(url)


def test_proxy_is_not_asked_for_loopback(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """What goes over plain http stays on the machine, tokens and secrets with it."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert UrllibFetcher().fetch(provider.issuer + "/jwks").status == 200
