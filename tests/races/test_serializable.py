"""At SERIALIZABLE, all that distributed engines know: hot paths are tried again, and races have one winner.

CockroachDB and YugabyteDB speak PostgreSQL's protocol and fail transactions with 40001, as PostgreSQL does when it is
told to serialise all of them.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from idp.web.transaction import TRIES
from tests.support.afterwards import introspect, may_refresh, offline, refresh
from tests.support.browser import Page
from tests.support.clock import FixedClock
from tests.support.database import fresh_database
from tests.support.provider import Provider, environ_for, populate
from tests.support.relying_party import RelyingParty, basic

AT_ONCE = 8
SERIALIZABLE = "?options=-c%20default_transaction_isolation%3Dserializable"


@pytest.fixture(scope="module")
def provider(request: pytest.FixtureRequest) -> Iterator[Provider]:
    """One for the whole file, on PostgreSQL as it is told to serialise all transactions."""
    with fresh_database(request, "postgresql") as url:
        provider = Provider(environ_for(url + SERIALIZABLE), clock=FixedClock())
        provider.start()
        populate(provider)
        may_refresh(provider, "bank", "shop")
        yield provider
        provider.close()


def at_once(*calls: Callable[[], Page]) -> list[Page]:
    """Let all be done at the same moment, each in a thread."""
    barrier, pages = threading.Barrier(len(calls)), []

    def do(call: Callable[[], Page]) -> None:
        barrier.wait()
        pages.append(call())

    threads = [threading.Thread(target=do, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == len(calls)
    return pages


def robot(provider: Provider, name: str, **changes: str) -> RelyingParty:
    return provider.add_client(name, grant_types=("client_credentials",), response_types=(), **changes)


def ask(party: RelyingParty) -> Page:
    header = {"Authorization": basic(party.client_id, party.secret)}
    return party.post("/token", {"grant_type": "client_credentials"}, headers=header)


def test_database_serialises(provider: Provider) -> None:
    """The tests below would prove nothing otherwise."""
    with provider.database.engine().connect() as connection:
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "serializable"


def test_tokens_of_clients_are_all_issued(provider: Provider) -> None:
    """Writers of one table do not fail each other for good."""
    party = robot(provider, "opaque", access_token_format="opaque")
    for _ in range(5):
        assert Counter(page.status for page in at_once(*[lambda: ask(party)] * AT_ONCE)) == {200: AT_ONCE}


def test_codes_and_refresh_tokens_are_all_answered(provider: Provider) -> None:
    """Sign-ons, codes, refreshes and introspections of many at once: each is answered, none is a failure of ours."""
    bank, alice = provider.bank, provider.people["alice"]
    browsers = [provider.browser() for _ in range(AT_ONCE)]
    tokens = [offline(provider, browser, bank, alice).reply["refresh_token"] for browser in browsers]
    codes = [provider.code(browser, bank) for browser in browsers]
    pages = at_once(*[lambda pair=pair: bank.redeem(*pair) for pair in codes])
    assert Counter(page.status for page in pages) == {200: AT_ONCE}
    access = [page.json()["access_token"] for page in pages]
    pages = at_once(
        *[lambda token=token: refresh(bank, token) for token in tokens],
        *[lambda token=token: introspect(bank, token) for token in access],
    )
    assert Counter(page.status for page in pages) == {200: 2 * AT_ONCE}


@pytest.mark.parametrize("round_", range(3))
def test_of_many_who_redeem_one_code_one_wins(provider: Provider, round_: int) -> None:
    """RFC 6749 §4.1.2: whoever is tried again sees that it is spent, and a replay still ends what was issued."""
    browser, bank = provider.browser(), provider.bank
    provider.sign_in(browser, bank, provider.people["bob"])
    attempt, code = provider.code(browser, bank)
    pages = at_once(*[lambda: bank.redeem(attempt, code)] * AT_ONCE)
    assert Counter(page.status for page in pages) == {200: 1, 400: AT_ONCE - 1}
    (won,) = [page for page in pages if page.status == 200]
    assert introspect(bank, won.json()["access_token"]).json() == {"active": False}


@pytest.mark.parametrize("round_", range(3))
def test_of_many_who_bring_one_reference_one_wins(provider: Provider, round_: int) -> None:
    """RFC 9126 §7.3: whoever is tried again sees that it has been used, and keeps nothing of what was begun."""
    browser, bank = provider.browser(), provider.bank
    provider.sign_in(browser, bank, provider.people["alice"])
    attempt, codes = bank.pushed(), provider.count("authorization_codes")
    pages = at_once(*[lambda: browser.get(attempt.url)] * AT_ONCE)
    assert Counter(page.status for page in pages) == {303: 1, 400: AT_ONCE - 1}
    assert provider.count("authorization_codes") == codes + 1


def test_of_many_who_guess_as_many_as_the_budget_holds_are_looked_at(provider: Provider) -> None:
    """OTP-06: an attempt that could not be counted was not looked at: it is asked again, and never let through."""
    carol = provider.people["carol"]
    browsers = [provider.browser() for _ in range(AT_ONCE)]
    pages = [browser.open(provider.bank.attempt().url) for browser in browsers]
    answers = at_once(
        *[
            lambda browser=browser, page=page: carol.identify(browser, page, password="wrong")
            for browser, page in zip(browsers, pages, strict=True)
        ]
    )
    statuses = Counter(page.status for page in answers)
    assert set(statuses) <= {422, 429, 503}
    assert provider.failures("password", carol) <= statuses[422] + statuses[503]
    assert provider.failures("password", carol) >= statuses[422]


@contextmanager
def overtaken(provider: Provider, table: str, *, times: int) -> Iterator[None]:
    """Let the next so many who write to a table find that others were faster: a sequence is never rolled back."""
    raising = f"IF nextval('overtaken') <= {times} THEN RAISE EXCEPTION USING ERRCODE = '40001'; END IF; RETURN NEW;"
    broken = (
        "CREATE SEQUENCE overtaken",
        f"CREATE FUNCTION overtaken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raising} END $$",
        f"CREATE TRIGGER overtaken BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION overtaken()",
    )
    mended = (f"DROP TRIGGER overtaken ON {table}", "DROP FUNCTION overtaken", "DROP SEQUENCE overtaken")
    with provider.database.engine().connect() as connection:
        for statement in broken:
            connection.exec_driver_sql(statement)
        try:
            yield
        finally:
            for statement in mended:
                connection.exec_driver_sql(statement)


@pytest.mark.parametrize(("table", "times"), [("interactions", 2), ("sessions", 2), ("sessions", TRIES - 1)])
def test_sign_in_that_was_overtaken_is_taken_up_again(provider: Provider, table: str, times: int) -> None:
    """From `/authorize` to the answer, each transaction by itself: nothing is counted or written twice."""
    carol, browser = provider.people["carol"], provider.browser()
    provider.forget_attempts()
    before = provider.count("sessions"), provider.count("grants")
    with overtaken(provider, table, times=times):
        page = carol.identify(browser, browser.open(provider.bank.attempt().url))
    assert page.location.startswith(provider.bank.redirect_uri)
    assert (provider.count("sessions"), provider.count("grants")) == (before[0] + 1, before[1] + 1)
    assert provider.failures("password", carol) == 0


def test_sign_in_that_is_always_overtaken_is_asked_to_come_again(provider: Provider) -> None:
    """An honest 503, and nobody is signed in; the attempt stays counted, as it was made."""
    carol, browser = provider.people["carol"], provider.browser()
    provider.forget_attempts()
    before = provider.count("sessions"), provider.count("grants")
    with overtaken(provider, "sessions", times=TRIES):
        page = carol.identify(browser, browser.open(provider.bank.attempt().url))
    assert (page.status, page.header("retry-after")) == (503, "1")
    assert (provider.count("sessions"), provider.count("grants")) == before
    assert provider.failures("password", carol) == 1
