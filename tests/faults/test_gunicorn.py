"""The other server: nothing depends on granian, and gunicorn's threads serve the same and end as cleanly (O1)."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.cluster import Cluster, Present
from tests.support.database import fresh_database
from tests.support.provider import Provider, environ_for, populate
from tests.support.workers import Running, free_port, wait_until_ready

pytestmark = [pytest.mark.workers, pytest.mark.xdist_group("workers")]

MFA = "urn:idp:acr:mfa"


@contextmanager
def gunicorn(environ: dict[str, str], folder: Path) -> Iterator[Running]:
    """Serve with two workers of eight threads; whoever starts it ends it."""
    port, log = environ["IDP_ISSUER"].rpartition(":")[2], folder / "gunicorn.log"
    options = ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--graceful-timeout", "5"]
    with log.open("wb") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "idp.app:wsgi()", "--bind", f"127.0.0.1:{port}", *options],
            env={**os.environ, **environ},
            stdout=sink,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    running = Running(process, log)
    try:
        wait_until_ready(running, environ["IDP_ISSUER"] + "/readyz")
        yield running
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_people_sign_in_and_sigterm_lets_what_has_begun_end(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A step-up over several workers, whichever answers; then SIGTERM amid requests: all that began are answered."""
    with fresh_database(request, "sqlite", folder=tmp_path) as url:
        environ = environ_for(url, issuer=f"http://127.0.0.1:{free_port()}")
        provider = Provider(environ, clock=Present())
        provider.start()
        populate(provider)
        try:
            with gunicorn(environ, tmp_path) as running:
                server = Cluster(running, provider)
                assert server.sign_in(server.browser(), server.people["bob"], acr_values=MFA).acr == MFA
                statuses = _asked_until_it_ends(server)
                assert set(statuses) == {200}
                assert running.process.returncode == 0
                server.assert_calm()
        finally:
            provider.close()


def _asked_until_it_ends(server: Cluster) -> list[int]:
    """Ask on and on, end the server, and return what was answered; connections that were refused are none."""
    statuses: list[int] = []

    def ask() -> None:
        while True:
            try:
                statuses.append(server.bank.get("/jwks").status)
            except OSError:
                return

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(statuses) < 50:
        time.sleep(0.001)
    server.running.process.send_signal(signal.SIGTERM)
    server.running.process.wait(timeout=20)
    for thread in threads:
        thread.join()
    return statuses
