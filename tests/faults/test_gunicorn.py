"""The other server: nothing depends on granian, and gunicorn's threads serve the same and end as cleanly (O1)."""

import signal
import threading
from pathlib import Path

import pytest

from tests.support.cluster import Cluster, cluster
from tests.support.gunicorn import gunicorn
from tests.support.waiting import LIMIT, until

pytestmark = pytest.mark.workers

MFA = "urn:idp:acr:mfa"


def test_people_sign_in_and_sigterm_lets_what_has_begun_end(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """A step-up over several workers, whichever answers; then SIGTERM amid requests: all that began are answered."""
    with cluster(request, "sqlite", folder=tmp_path, workers=2, serve=gunicorn) as server:
        assert server.sign_in(server.browser(), server.people["bob"], acr_values=MFA).acr == MFA
        statuses = _asked_until_it_ends(server)
        assert set(statuses) == {200}
        assert server.running.process.returncode == 0
        server.assert_calm()


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
    until(lambda: len(statuses) >= 50)
    server.running.process.send_signal(signal.SIGTERM)
    server.running.process.wait(timeout=LIMIT)
    for thread in threads:
        thread.join()
    return statuses
