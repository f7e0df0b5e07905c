"""Any request on any node: what one has done the other knows at once, once is once, and a restart is not noticed."""

import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.races.test_once import filled, forget, location, waiting
from tests.support.afterwards import OFFLINE, may_refresh, refresh
from tests.support.browser import Page
from tests.support.nodes import Nodes
from tests.support.race import Shot, par

ROUNDS = 5
AT_ONCE = 24
SLOW = 300
"""Visitors who send a byte and wait."""
MFA = "urn:idp:acr:mfa"

pytestmark = pytest.mark.workers


def test_any_node_answers_any_request(two: Nodes) -> None:
    """O1: two steps, tokens and a refresh go through whichever node comes next; cookies are secure."""
    may_refresh(two.provider, "bank")
    browser = two.browser()
    for _ in range(3):
        forget(two, two.people["bob"])
        tokens = two.sign_in(browser, two.people["bob"], scope=OFFLINE, acr_values=MFA, prompt="login")
        assert tokens.acr == MFA
        assert refresh(two.bank, str(tokens.reply["refresh_token"])).status == 200
    assert two.front.served_by() == {f"127.0.0.1:{port}" for port in two.ports}
    cookies = [cookie for page in browser.record for cookie in page.set_cookies]
    assert cookies
    assert all(cookie.startswith("__Host-") and "; secure" in cookie.lower() for cookie in cookies)
    assert two.provider.stored("sessions", "address") == {"127.0.0.1"}
    two.assert_calm()


def test_session_ended_on_one_node_is_dead_on_the_other(two: Nodes) -> None:
    """A person who signs out everywhere is signed out on every node with the next request, and so are their tokens."""
    may_refresh(two.provider, "bank")
    carol, here, there = two.people["carol"], two.browser(), two.browser()
    reply = two.sign_in(here, carol, scope=OFFLINE, acr_values=MFA).reply
    forget(two, carol)
    two.sign_in(there, carol, acr_values=MFA)
    page = here.open("/account/sessions")
    assert here.submit(page, button="end-all").status == 303
    for _ in range(4):
        assert is_signed_out(two, there.get(two.bank.attempt(prompt="none").url))
        assert two.bank.userinfo(reply["access_token"]).status == 401
        assert refresh(two.bank, str(reply["refresh_token"])).status == 400
    two.assert_calm()


def is_signed_out(two: Nodes, page: Page) -> bool:
    return page.answer["error"] == "login_required"


def test_one_code_is_redeemed_once_over_two_nodes(two: Nodes) -> None:
    """OAU-09, FLT-30: through the proxy too exactly one redemption of a code succeeds."""
    browser = two.browser()
    two.sign_in(browser, two.people["alice"])
    for number in range(ROUNDS):
        attempt = two.bank.attempt()
        fields, headers = two.bank.token_request(attempt, two.bank.code(attempt, browser.get(attempt.url)))
        shots = [Shot(two.issuer + "/token", list(fields.items()), headers)] * AT_ONCE
        replies = par(shots, context=two.front.context)
        assert Counter(reply.status for reply in replies) == {200: 1, 400: AT_ONCE - 1}, f"round {number}"
    two.assert_calm()


def test_one_totp_code_is_accepted_once_over_two_nodes(two: Nodes) -> None:
    """OTP-01, FLT-29: through the proxy too exactly one sign-in with a TOTP code succeeds."""
    bob = two.people["bob"]
    forget(two, bob)
    shots = [waiting(two, bob) for _ in range(AT_ONCE)]
    replies = par([filled(shot, bob.code(two.now())) for shot in shots], context=two.front.context)
    winners = [reply for reply in replies if location(reply).startswith(two.bank.redirect_uri)]
    assert len(winners) == 1, Counter(reply.status for reply in replies)
    assert {reply.status for reply in replies} <= {303, 422, 429, 503}
    two.assert_calm()


class Load:
    """People who sign in and get tokens, without a pause; every answer is looked at."""

    def __init__(self, two: Nodes, people: int = 3) -> None:
        self._two = two
        self.statuses: Counter[int] = Counter()
        self.failures: list[str] = []
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(people)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while not self._is_over.is_set():
            browser = self._two.browser()
            try:
                self._two.sign_in(browser, self._two.people["alice"])
            except (OSError, AssertionError) as error:
                self.failures.append(f"{error!r} after {[str(page) for page in browser.record][-2:]}")
            self.statuses.update(page.status for page in browser.record)


def test_rolling_restart_fails_no_request(two: Nodes) -> None:
    """O1: one node after the other is taken out, ended, started and put back, and nobody notices."""
    with Load(two) as load:
        time.sleep(0.5)
        two.roll()
        time.sleep(0.5)
    assert load.failures == []
    assert set(load.statuses) == {200, 303}, load.statuses
    assert load.statuses[303] > 10, "there was no load"


@pytest.fixture
def slow(two: Nodes) -> Iterator[list[socket.socket]]:
    """Visitors who begin and do not go on: with the handshake, with the headers, with the form, with reading."""
    begun = {
        "handshake": None,
        "headers": b"GET /jwks HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        "form": b"POST /token HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        b"Content-Length: 5000\r\n\r\na=b",
    }
    with ExitStack() as stack:
        opened = []
        for number in range(SLOW):
            sent = list(begun.values())[number % len(begun)]
            connection = socket.create_connection(("localhost", two.front.port), 10)
            if sent is not None:
                connection = two.front.context.wrap_socket(connection, server_hostname="localhost")
                connection.sendall(sent)
            opened.append(stack.enter_context(connection))
        yield opened


def test_flt_42_slow_visitors_hold_nobody_up(two: Nodes, slow: list[socket.socket]) -> None:
    """FLT-42: hundreds who send next to nothing keep no node busy: others sign in, and their own time ends."""
    assert len(slow) > two.threads
    assert two.sign_in(two.browser(), two.people["alice"]).amr == {"pwd"}
    for connection in slow:
        connection.settimeout(20)
        assert is_closed(connection)
    two.assert_calm()


def is_closed(connection: socket.socket) -> bool:
    """Tell whether the other side has ended the connection; it may say 408 before."""
    try:
        while connection.recv(4096):
            pass
    except (ConnectionError, ssl.SSLError):
        return True
    return True
