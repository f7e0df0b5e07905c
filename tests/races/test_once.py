"""Whatever may be used once is used once, over four worker processes, on SQLite and on PostgreSQL."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text

from idp.records.delivery.model import NOTICE
from tests.support.browser import Browser
from tests.support.cluster import Cluster
from tests.support.enrolment import address, held
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.race import Shot, answered, par
from tests.support.recovery import choose, report_link, reset_link
from tests.support.transport import Reply

ROUNDS = 20
AT_ONCE = 50
MFA = "urn:idp:acr:mfa"

pytestmark = pytest.mark.workers


def test_one_code_is_redeemed_once(four: Cluster) -> None:
    """OAU-09, FLT-30: of fifty redemptions of one code exactly one succeeds, in each of twenty rounds."""
    browser = four.browser()
    four.sign_in(browser, four.people["alice"])
    for number in range(ROUNDS):
        attempt = four.bank.attempt()
        fields, headers = four.bank.token_request(attempt, four.bank.code(attempt, browser.get(attempt.url)))
        replies = answered([Shot(four.issuer + "/token", list(fields.items()), headers)] * AT_ONCE)
        assert Counter(reply.status for reply in replies) == {200: 1, 400: AT_ONCE - 1}, f"round {number}"
        assert all(b"invalid_grant" in reply.body for reply in replies if reply.status == 400)
    four.assert_calm()


@pytest.mark.parametrize("has_session", [True, False])
def test_one_pushed_request_begins_once(four: Cluster, has_session: bool) -> None:
    """RFC 9126 §7.3: of fifty uses of one reference exactly one is answered, in each of twenty rounds."""
    browser = four.browser()
    if has_session:
        four.sign_in(browser, four.people["alice"])
    ends = four.bank.redirect_uri + "?code=" if has_session else "/login/"
    for number in range(ROUNDS):
        url = four.bank.pushed().url
        begun = four.provider.count("interactions"), four.provider.count("authorization_codes")
        replies = answered([Shot(url, (), {"Cookie": browser.jar.header(url)}, method="GET")] * AT_ONCE)
        assert Counter(reply.status for reply in replies) == {303: 1, 400: AT_ONCE - 1}, f"round {number}"
        assert [location(reply) for reply in replies if location(reply).startswith(ends)]
        now = four.provider.count("interactions"), four.provider.count("authorization_codes")
        assert now == (begun[0] + (not has_session), begun[1] + has_session)
    four.assert_calm()


def location(reply: Reply) -> str:
    return {name.lower(): value for name, value in reply.headers}.get("location", "")


def waiting(four: Cluster, person: Person) -> Shot:
    """Go through the password in a browser of its own; return what the form for the code will send, less the code."""
    browser = four.browser()
    page = browser.open(four.bank.attempt(acr_values=MFA).url)
    page = browser.follow(person.identify(browser, page))
    _, url, entries = browser.fill(page, {"code": "CODE"}, button="challenge-submit")
    return Shot(url, entries, {"Cookie": browser.jar.header(url), "Origin": four.issuer})


def filled(shot: Shot, code: str) -> Shot:
    return Shot(shot.url, [(name, code if value == "CODE" else value) for name, value in shot.fields], shot.headers)


def forget(four: Cluster, person: Person) -> None:
    """Make the person's next code a fresh one, and the attempts of the last round unmade."""
    with four.provider.database.engine().connect() as connection:
        connection.execute(text("DELETE FROM attempt_budgets"))
        connection.execute(text("UPDATE credentials SET step = NULL WHERE user_id = :id"), {"id": person.id})


def test_one_totp_code_is_accepted_once(four: Cluster) -> None:
    """OTP-01, OTP-04, FLT-29: of fifty sign-ins with one TOTP code exactly one succeeds, in each of twenty rounds."""
    bob = four.people["bob"]
    shots = [waiting(four, bob) for _ in range(AT_ONCE)]
    for number in range(ROUNDS):
        codes = four.provider.count("authorization_codes")
        replies = par([filled(shot, bob.code(four.now())) for shot in shots])
        statuses = Counter(reply.status for reply in replies)
        winners = [place for place, reply in enumerate(replies) if location(reply).startswith(four.bank.redirect_uri)]
        assert len(winners) == 1, f"round {number}: {winners} {statuses}"
        assert set(statuses) <= {303, 422, 429}, f"round {number}: {statuses}"
        assert four.provider.count("authorization_codes") == codes + 1
        forget(four, bob)
        shots[winners[0]] = waiting(four, bob)
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
    ends = {location(reply) for reply in replies if reply.status == 303}
    final = {end for end in ends if end.startswith(four.bank.redirect_uri)}
    assert len(final) == 1, ends
    four.assert_calm()


LINK_ROUNDS = 5
"""Links cost messages, so there are fewer rounds."""


def mailed(four: Cluster, person: Person) -> str:
    """Return a fresh link for a new password, as it was mailed."""
    forget(four, person)
    return reset_link(four.provider, person)


def post_at_once(four: Cluster, link: str, fields: dict[str, str]) -> list[Reply]:
    return par([Shot(link, list(fields.items()), {"Origin": four.issuer})] * AT_ONCE)


def test_one_link_sets_one_password(four: Cluster) -> None:
    """ENR-13: of fifty uses of one link exactly one sets a password, and one notice is sent."""
    carol = four.people["carol"]
    for number in range(LINK_ROUNDS):
        link, told = mailed(four, carol), len(messages(four.provider.database, purpose=NOTICE))
        replies = post_at_once(four, link, {"password": f"a passphrase of round {number}", "end_all": "1"})
        statuses = Counter(reply.status for reply in replies)
        assert statuses[303] == 1, f"round {number}: {statuses}"
        assert set(statuses) <= {303, 410, 503}, f"round {number}: {statuses}"
        assert len(messages(four.provider.database, purpose=NOTICE)) == told + 1
        assert len(held(four.provider, carol, "password")) == 1
    four.assert_calm()


def test_one_report_is_taken_once(four: Cluster) -> None:
    """ENR-09: of fifty reports by one link exactly one acts."""
    carol = four.people["carol"]
    for number in range(LINK_ROUNDS):
        assert choose(four.browser(), mailed(four, carol)).status == 200
        replies = post_at_once(four, report_link(four.provider, address(carol)), {})
        assert Counter(reply.status for reply in replies) == {303: 1, 410: AT_ONCE - 1}, f"round {number}"
    four.assert_calm()


def ready(four: Cluster, person: Person, trusted: Browser) -> Shot:
    """Copy a trusted browser's cookies and go to the page of sign-in; return what its form will send."""
    browser = four.browser()
    browser.jar = trusted.jar.copy()
    page = browser.open(four.bank.attempt().url)
    typed = {"username": person.username, "password": person.password}
    _, url, entries = browser.fill(page, typed, button="login-submit")
    return Shot(url, entries, {"Cookie": browser.jar.header(url), "Origin": four.issuer})


def test_one_trust_excuses_once(four: Cluster) -> None:
    """Of eight browsers with one trusted browser's cookie exactly one is excused, and then it excuses nobody more."""
    bob, trusted = four.people["bob"], four.browser()
    with four.ruled_by(Path("policies", "default.yaml").read_text()):
        forget(four, bob)
        page = trusted.follow(bob.identify(trusted, trusted.open(four.bank.attempt().url)))
        typed = {"code": bob.code(four.now()), "trust_device": "1"}
        assert trusted.submit(page, typed, button="challenge-submit").location.startswith(four.bank.redirect_uri)
        trusted.jar.drop(four.provider.cookie("session"))
        replies = par([ready(four, bob, trusted) for _ in range(8)])
        excused = [reply for reply in replies if location(reply).startswith(four.bank.redirect_uri)]
        assert len(excused) == 1, Counter(reply.status for reply in replies)
        # One password that comes eight times at once also meets the waits between attempts (F12).
        assert {reply.status for reply in replies} <= {303, 429, 503}
        assert not location(par([ready(four, bob, trusted)])[0]).startswith(four.bank.redirect_uri)
    four.assert_calm()
