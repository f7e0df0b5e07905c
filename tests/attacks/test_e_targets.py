"""Section E of security.md over a wire of our own: requests whose target is a whole URI (RFC 9112 §3.2.2).

Clients and test kits send paths; only somebody who means harm, or a proxy, writes another host into the request line.
"""

import socket
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

import pytest

from tests.support.cluster import Cluster, cluster
from tests.support.enrolment import address
from tests.support.gunicorn import gunicorn
from tests.support.outbox import messages
from tests.support.recovery import link_in
from tests.support.workers import served

pytestmark = pytest.mark.workers

EVIL = "http://evil.test:81"
SERVERS = {"granian": served, "gunicorn": gunicorn}


@pytest.fixture(scope="module", params=SERVERS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The provider behind each server that it runs on."""
    folder = tmp_path_factory.mktemp(request.param)
    with cluster(request, "sqlite", folder=folder, workers=1, serve=SERVERS[request.param]) as running:
        yield running


def asked(server: Cluster, method: str, target: str, *, host: str, body: str = "") -> str:
    """Return the whole answer to a request with this line."""
    here = urlsplit(server.issuer)
    lines = [f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", f"Origin: {server.issuer}"]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    with socket.create_connection((here.hostname, here.port), timeout=20) as connection:
        connection.sendall("\r\n".join([*lines, "", body]).encode())
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.parametrize("is_host_evil", [False, True])
def test_ses_18_a_target_that_is_a_uri_changes_no_address(server: Cluster, is_host_evil: bool) -> None:
    """SES-18: metadata names the configured issuer, and redirects stay with it, or the request is refused."""
    host = urlsplit(EVIL if is_host_evil else server.issuer).netloc
    metadata = asked(server, "GET", f"{EVIL}/.well-known/openid-configuration", host=host)
    page = asked(server, "GET", f"{EVIL}/account", host=host)
    for answer in (metadata, page):
        assert answer[9:12] in {"200", "303", "400", "404"}, answer
        assert "evil.test" not in answer
    if metadata[9:12] == "200":
        assert f'"issuer":"{server.issuer}"' in metadata.replace(": ", ":")


@pytest.mark.parametrize("is_host_evil", [False, True])
def test_enr_14_a_target_that_is_a_uri_mails_no_other_link(server: Cluster, is_host_evil: bool) -> None:
    """ENR-14: whoever asks for a new password under another host gets no link there mailed to anybody."""
    host, bob = urlsplit(EVIL if is_host_evil else server.issuer).netloc, server.people["bob"]
    answer = asked(server, "POST", f"{EVIL}/recover", host=host, body=urlencode({"username": bob.username}))
    assert answer[9:12] in {"303", "400", "404"}, answer
    assert "evil.test" not in answer
    mails = messages(server.provider.database, to=address(bob))
    assert mails or answer[9:12] != "303"
    for mail in mails:
        assert "evil.test" not in mail.text
        assert link_in(mail.text).startswith(f"{server.issuer}/")
