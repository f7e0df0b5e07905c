"""Fifty refreshes at once, over four worker processes, on SQLite and on PostgreSQL: one answer, one successor."""

import json
from collections import Counter
from collections.abc import Callable

import pytest

from tests.support.afterwards import may_refresh, refresh
from tests.support.cluster import Cluster
from tests.support.race import Shot, answered
from tests.support.relying_party import basic

ROUNDS = 20
AT_ONCE = 50

pytestmark = pytest.mark.workers


@pytest.fixture
def token_of(four: Cluster) -> Callable[[], str]:
    """Returns a fresh refresh token."""
    may_refresh(four.provider, "bank")
    browser, alice = four.browser(), four.people["alice"]

    def sign_in() -> str:
        attempt = four.bank.attempt(scope="openid offline_access")
        page = alice.answer(browser, browser.open(attempt.url), four.now())
        return str(four.bank.tokens(attempt, page).reply["refresh_token"])

    return sign_in


def test_one_refresh_token_has_one_successor(four: Cluster, token_of: Callable[[], str]) -> None:
    """OAU-27: every 200 is byte for byte the same, and the successor it names lives, in each of twenty rounds."""
    headers = {"Authorization": basic("bank", four.bank.secret)}
    token = token_of()
    for number in range(ROUNDS):
        fields = {"grant_type": "refresh_token", "refresh_token": token}
        replies = answered([Shot(four.issuer + "/token", fields, headers)] * AT_ONCE)
        assert Counter(reply.status for reply in replies) == {200: AT_ONCE}, f"round {number}"
        assert len({reply.body for reply in replies}) == 1, f"round {number}"
        answer = refresh(four.bank, token).json()
        successors = {answer["refresh_token"]}
        assert successors == {_successor(reply.body) for reply in replies}
        (token,) = successors
    assert refresh(four.bank, token).status == 200
    four.assert_calm()


def test_reuse_among_many_leaves_nothing(four: Cluster, token_of: Callable[[], str]) -> None:
    """OAU-26: an old generation among fifty good ones ends the family, whichever comes first."""
    headers = {"Authorization": basic("bank", four.bank.secret)}
    for number in range(ROUNDS):
        oldest = token_of()
        current = refresh(four.bank, refresh(four.bank, oldest).json()["refresh_token"]).json()["refresh_token"]
        shots = [
            Shot(four.issuer + "/token", {"grant_type": "refresh_token", "refresh_token": token}, headers)
            for token in [current] * 5 + [oldest] + [current] * 5
        ]
        replies = answered(shots)
        assert {reply.status for reply in replies} <= {200, 400}, f"round {number}"
        assert len({reply.body for reply in replies if reply.status == 200}) <= 1, f"round {number}"
        for reply in replies:
            if reply.status == 200:
                assert refresh(four.bank, _successor(reply.body)).status == 400, f"round {number}"
        assert refresh(four.bank, current).status == 400, f"round {number}"
    four.assert_calm()


def _successor(body: bytes) -> str:
    return str(json.loads(body)["refresh_token"])
