"""Whatever may be used once is used once, over four worker processes, on SQLite and on PostgreSQL."""

from collections import Counter

import pytest

from tests.support.browser import Browser, Page
from tests.support.cluster import Cluster
from tests.support.person import Person
from tests.support.race import Shot, par

ROUNDS = 20
AT_ONCE = 50
MFA = "urn:idp:acr:mfa"

pytestmark = [pytest.mark.workers, pytest.mark.xdist_group("workers")]


def test_one_code_is_redeemed_once(four: Cluster) -> None:
    """OAU-09, FLT-30: of fifty redemptions of one code exactly one succeeds, in each of twenty rounds."""
    browser = four.browser()
    four.sign_in(browser, four.people["alice"])
    for number in range(ROUNDS):
        attempt = four.bank.attempt()
        fields, headers = four.bank.token_request(attempt, four.bank.code(attempt, browser.get(attempt.url)))
        replies = par([Shot(four.issuer + "/token", fields, headers)] * AT_ONCE)
        assert Counter(reply.status for reply in replies) == {200: 1, 400: AT_ONCE - 1}, f"round {number}"
        assert all(b"invalid_grant" in reply.body for reply in replies if reply.status == 400)
    four.assert_calm()


def waiting(four: Cluster, person: Person, number: int) -> list[tuple[Browser, Page]]:
    """Return that many browsers of one person, each in front of a page that asks for the code."""
    first = four.browser()
    four.sign_in(first, person)
    pages = []
    for _ in range(number):
        browser = four.browser()
        browser.jar = first.jar.copy()
        pages.append((browser, browser.open(four.bank.attempt(acr_values=MFA).url)))
    assert all(page.has("code") for _, page in pages)
    return pages


def test_one_totp_code_is_accepted_once(four: Cluster) -> None:
    """OTP-01, OTP-04, FLT-29: of fifty sign-ins with one TOTP code exactly one succeeds, in each of twenty rounds."""
    for number in range(ROUNDS):
        person = four.people[f"racer{number}"]
        pages = waiting(four, person, AT_ONCE)
        code = person.code(four.now())
        shots = []
        for browser, page in pages:
            _, url, entries = browser.fill(page, {"code": code}, button="challenge-submit")
            shots.append(Shot(url, entries, {"Cookie": browser.jar.header(url), "Origin": four.issuer}))
        replies = par(shots)
        statuses = Counter(reply.status for reply in replies)
        assert statuses[303] == 1, f"round {number}: {statuses}"
        assert set(statuses) <= {303, 422, 429}, f"round {number}: {statuses}"
    four.assert_calm()


def test_one_sign_in_sent_often_has_one_answer(four: Cluster) -> None:
    """A form clicked fifty times at once ends in one code; every click that is sent on gets the same one."""
    browser, alice = four.browser(), four.people["alice"]
    attempt = four.bank.attempt()
    page = browser.open(attempt.url)
    typed = {"username": alice.username, "password": alice.password}
    _, url, entries = browser.fill(page, typed, button="login-submit")
    replies = par([Shot(url, entries, {"Cookie": browser.jar.header(url), "Origin": four.issuer})] * AT_ONCE)
    assert {reply.status for reply in replies} <= {303, 422, 429}
    ends = {dict(reply.headers)["location"] for reply in replies if reply.status == 303}
    final = {end for end in ends if end.startswith(four.bank.redirect_uri)}
    assert len(final) == 1, ends
    four.assert_calm()
