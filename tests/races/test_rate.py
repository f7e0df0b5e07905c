"""`/token` beside eight people signing in: hashing has its own lane, so machines are not held up by people."""

import http.client
import statistics
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest

from idp.core.tokens import SystemTokens, digest
from idp.records.grants import store as grants
from idp.records.grants.model import AuthorizationCode
from tests.support.browser import FORM
from tests.support.cluster import Cluster, cluster
from tests.support.relying_party import basic, challenge_of

PEOPLE = 8
WINDOW = 1.0
"""Seconds."""
WINDOWS = 5
CODES = 20_000
VERIFIER = "v" * 43
DEFAULT_COST = {"IDP_ARGON2": "m=19456,t=2,p=1"}

pytestmark = [pytest.mark.workers, pytest.mark.xdist_group("workers")]


@pytest.fixture(scope="module")
def two(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two worker processes, passwords hashed at the default cost."""
    with cluster(
        request, "sqlite", folder=Path(tmp_path_factory.mktemp("rate")), workers=2, racers=PEOPLE, **DEFAULT_COST
    ) as running:
        yield running


def plant_codes(two: Cluster) -> list[str]:
    """Put codes of one grant into the database, as the authorization endpoint would one by one."""
    browser = two.browser()
    two.sign_in(browser, two.people["alice"])
    (grant_id,) = two.provider.stored("grants", "id")
    codes = [SystemTokens().token() for _ in range(CODES)]
    ends = two.now() + timedelta(minutes=30)
    with two.provider.database.transaction() as tx:
        for code in codes:
            grants.add_code(
                tx,
                AuthorizationCode(
                    code_hash=digest(code),
                    grant_id=grant_id,
                    client_id="bank",
                    redirect_uri=two.bank.redirect_uri,
                    code_challenge=challenge_of(VERIFIER),
                    expires_at=ends,
                ),
            )
    return codes


class Redeemer:
    """A client that redeems codes as fast as it is answered, over connections that stay open."""

    def __init__(self, two: Cluster, codes: list[str]) -> None:
        self._two = two
        self._codes = codes

    def rate(self, *, seconds: float, clients: int = 2) -> float:
        """Return redemptions a second."""
        counts = [0] * clients
        threads = [threading.Thread(target=self._run, args=(seconds, counts, place)) for place in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts) / seconds

    def _run(self, seconds: float, counts: list[int], place: int) -> None:
        parts = urlsplit(self._two.issuer)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        headers = {"Content-Type": FORM, "Authorization": basic("bank", self._two.bank.secret)}
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            fields = {
                "grant_type": "authorization_code",
                "code": self._codes.pop(),
                "redirect_uri": self._two.bank.redirect_uri,
                "code_verifier": VERIFIER,
            }
            connection.request("POST", "/token", urlencode(fields), headers)
            response = connection.getresponse()
            body = response.read()
            assert response.status == 200, body
            counts[place] += 1
        connection.close()


class Crowd:
    """People who sign in, one after the other each, for as long as they are let."""

    def __init__(self, two: Cluster) -> None:
        self._two = two
        self._is_open = threading.Event()
        self._is_over = False
        self.arrived = 0
        self.failures: list[str] = []
        self._threads = [threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(PEOPLE)]

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over = True
        self._is_open.set()
        for thread in self._threads:
            thread.join(30)

    def admit(self, is_open: bool) -> None:
        (self._is_open.set if is_open else self._is_open.clear)()
        time.sleep(0.3)

    def _run(self, number: int) -> None:
        person = self._two.people[f"racer{number}"]
        while self._is_open.wait() and not self._is_over:
            browser = self._two.browser()
            page = person.identify(browser, browser.open(self._two.bank.attempt().url))
            if page.status == 303:
                self.arrived += 1
            elif page.status != 503:
                self.failures.append(str(page))


def test_token_keeps_a_third_of_its_rate_beside_people(two: Cluster) -> None:
    """Eight people signing in take no more than two thirds of what `/token` does alone (architecture.md §4)."""
    redeemer = Redeemer(two, plant_codes(two))
    redeemer.rate(seconds=WINDOW)
    alone, beside = [], []
    with Crowd(two) as crowd:
        for _ in range(WINDOWS):
            crowd.admit(False)
            alone.append(redeemer.rate(seconds=WINDOW))
            crowd.admit(True)
            beside.append(redeemer.rate(seconds=WINDOW))
    assert crowd.failures == []
    assert crowd.arrived >= PEOPLE, "nobody was signing in, so nothing was measured"
    ratio = statistics.median(beside) / statistics.median(alone)
    assert ratio >= 1 / 3, f"alone {alone}, beside {beside}"
    two.assert_calm()
