"""Machines and people at one server at once: clients that redeem codes, and a crowd that signs in.

Whoever measures is slowed by neither: people are a process of their own (`tests.support.crowd`).
"""

import http.client
import json
import subprocess
import sys
import threading
import time
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from idp.core.tokens import SystemTokens, digest
from idp.records.grants import store as grants
from idp.records.grants.model import AuthorizationCode
from tests.support.browser import FORM
from tests.support.cluster import Cluster
from tests.support.relying_party import basic, challenge_of

PEOPLE = 8
VERIFIER = "v" * 43
DEFAULT_COST = {"IDP_ARGON2": "m=19456,t=2,p=1"}


def plant_codes(two: Cluster, number: int) -> list[str]:
    """Put codes of one grant into the database, as the authorization endpoint would one by one."""
    browser = two.browser()
    two.sign_in(browser, two.people["alice"])
    (grant_id,) = two.provider.stored("grants", "id")
    codes = [SystemTokens().token() for _ in range(number)]
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

    def redeem(self, *, seconds: float, clients: int = 2) -> int:
        """Redeem for so long, and return how many codes that were."""
        counts = [0] * clients
        threads = [threading.Thread(target=self._run, args=(seconds, counts, place)) for place in range(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(counts)

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
    """Eight people who sign in for as long as they are let (tests.support.crowd)."""

    def __init__(self, two: Cluster) -> None:
        people = [two.people[f"racer{number}"] for number in range(PEOPLE)]
        told = {
            "url": two.bank.attempt().url,
            "people": [{"username": person.username, "password": person.password} for person in people],
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.crowd"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._tell(json.dumps(told))

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def admit(self, is_open: bool) -> None:
        self._tell("open" if is_open else "closed")
        time.sleep(0.5)

    def end(self) -> dict[str, int]:
        """Send everybody home and return how their sign-ins were answered, by status."""
        said, _ = self._process.communicate(timeout=60)
        answers: dict[str, int] = json.loads(said)
        return answers
