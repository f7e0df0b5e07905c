"""A database that cannot write, or that nobody gets a connection to: refused at once, and nothing half-granted."""

import resource
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from idp.storage import versions
from idp.storage.engine import POOL_SIZE
from tests.faults.deeds import form_of, stage
from tests.support.browser import Browser
from tests.support.mortal import Mortals
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
NO_ROOM = 4096
"""Bytes that a file may have: less than any write needs."""


def test_flt_15_nothing_is_granted_without_its_record(provider: Provider, browser: Browser, bob: Person) -> None:
    """FLT-15: where the audit trail cannot be written nobody is let in, at no step; afterwards they are."""
    attempt = provider.bank.attempt(acr_values=MFA)
    page = browser.open(attempt.url)
    with provider.broken("audit_events", "INSERT"), provider.nothing_issued():
        assert bob.identify(browser, page).status == 500
    page = browser.follow(bob.identify(browser, page))
    with provider.broken("audit_events", "INSERT"), provider.nothing_issued():
        assert bob.give_code(browser, page, bob.code(provider.clock.now())).status == 500
    done = bob.give_code(browser, page, bob.code(provider.clock.now()))
    assert provider.bank.tokens(attempt, done).acr == MFA, "what was undone had used the code up"


@pytest.fixture(scope="module")
def on_sqlite(request: pytest.FixtureRequest) -> Iterator[tuple[Provider, Mortals]]:
    """A node that stays, and processes whose disk is full."""
    with stage(request, "sqlite") as made:
        yield made


def test_flt_15_full_disk_is_a_503(on_sqlite: tuple[Provider, Mortals]) -> None:
    """FLT-15: a disk without room refuses with 503 and grants nothing; with room again everything goes on."""
    provider, processes = on_sqlite
    alice, browser = provider.people["alice"], provider.browser()
    attempt = provider.bank.attempt()
    page = browser.open(attempt.url)
    shot = form_of(browser, page, "login-submit", username=alice.username, password=alice.password)
    _, most = resource.prlimit(processes.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(processes.pid, resource.RLIMIT_FSIZE, (NO_ROOM, most))
    with provider.nothing_issued():
        refused = processes.post(shot).reply
    assert refused is not None
    assert refused.status == 503
    assert "retry-after" in {name.lower() for name, _ in refused.headers}
    resource.prlimit(processes.pid, resource.RLIMIT_FSIZE, (most, most))
    accepted = processes.post(shot).reply
    assert accepted is not None
    assert accepted.status == 303


def test_flt_16_no_connection_is_a_503(provider: Provider, browser: Browser, alice: Person) -> None:
    """FLT-16: while all connections are taken everybody is told to come again, and `/healthz` answers."""
    provider.sign_in(browser, provider.bank, alice)
    attempt, code = provider.code(browser, provider.bank)
    with ExitStack() as stack:
        for _ in range(POOL_SIZE):
            versions.read(stack.enter_context(provider.own_database.transaction()), "bundle")
        with ThreadPoolExecutor() as pool:
            token = pool.submit(provider.bank.redeem, attempt, code)
            page = pool.submit(provider.browser().get, provider.bank.attempt().url)
            assert provider.bank.get("/healthz").status == 200
            for refused in (token.result(), page.result()):
                assert refused.status == 503
                assert refused.header("retry-after")
    assert provider.bank.redeem(attempt, code).status == 200, "what could not be looked at was not used up"
    assert provider.browser().open(provider.bank.attempt().url).has("login-submit")
