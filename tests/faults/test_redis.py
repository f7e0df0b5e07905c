"""Redis dies, dawdles, is wiped and fills up: nothing is lost, nothing opens, and people still sign in."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pytest

from idp.web.pacing import ALONE
from tests.support.afterwards import may_refresh, offline, refresh
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.redis import RedisServer, SlowRoad, redis_server
from tests.support.waiting import until

MFA = "urn:idp:acr:mfa"
PACE = 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One Redis for the whole file; a test that stops it starts it again."""
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def provider(make_provider: MakeProvider, server: RedisServer) -> Provider:
    """A provider with Redis, on which one address may send so many forms."""
    server.wipe()
    provider = make_provider(IDP_REDIS_URL=server.url, IDP_PACE=str(PACE))
    may_refresh(provider, "bank")  # before it listens: what a test changes is heard a moment later, as it would be
    provider.listen()
    return provider


@contextmanager
def gone(server: RedisServer) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


WAYS: dict[str, Callable[[RedisServer], AbstractContextManager[None]]] = {
    "gone": gone,
    "frozen": RedisServer.frozen,
    "full": RedisServer.full,
}


@pytest.mark.parametrize("way", WAYS)
def test_flt_08_sign_in_and_step_up_go_on_without_redis(provider: Provider, server: RedisServer, way: str) -> None:
    """FLT-08: whatever ails Redis, a person signs in, steps up and is told apart, and health tells the truth."""
    browser, bob = provider.browser(), provider.people["bob"]
    assert provider.bank.get("/readyz").json()["checks"]["redis"] == "ok"
    with WAYS[way](server):
        assert provider.sign_in(browser, provider.bank, bob, acr_values=MFA).acr == MFA
        reply = provider.bank.get("/readyz")
        assert (reply.status, reply.json()["status"], reply.json()["checks"]["redis"]) == (200, "degraded", "degraded")


@pytest.mark.parametrize("way", WAYS)
def test_flt_08_limits_stay_and_get_stricter_without_redis(provider: Provider, server: RedisServer, way: str) -> None:
    """FLT-08: forms are still counted, by each process alone and to a quarter; locks are in the database anyway."""
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    strangers = [Person(id="", username=f"nobody{number}", password="guess") for number in range(PACE)]
    with WAYS[way](server), provider.nothing_issued():
        statuses = [stranger.identify(browser, page).status for stranger in strangers]
    assert statuses.count(429) == PACE - PACE // ALONE
    assert set(statuses) == {422, 429}


def test_pace_is_one_for_all_nodes(provider: Provider) -> None:
    """Two nodes together look at as many forms as one would, and the refusal says how long to wait."""
    other, statuses = provider.restarted(), []
    browsers = [node.browser() for node in (provider, other)]
    pages = [each.open(node.bank.attempt().url) for each, node in zip(browsers, (provider, other), strict=True)]
    for number in range(PACE):
        stranger = Person(id="", username=f"nobody{number}", password="guess")
        answers = [stranger.identify(each, page) for each, page in zip(browsers, pages, strict=True)]
        statuses += [answer.status for answer in answers]
    other.close()
    assert (statuses.count(422), statuses.count(429)) == (PACE, PACE)
    assert 0 < int(answers[-1].header("retry-after")) <= 60


def test_flt_09_slow_redis_holds_nobody_up(make_provider: MakeProvider, server: RedisServer) -> None:
    """FLT-09: replies that take ten seconds cost each form a fraction of one, and not one each."""
    with SlowRoad(server.port) as road:
        provider = make_provider(IDP_REDIS_URL=f"redis://127.0.0.1:{road.port}/0", IDP_PACE="400")
        provider.listen()
        road.delay, before, browser = 10.0, road.asked, provider.browser()
        page = browser.open(provider.bank.attempt().url)
        for number in range(50):
            assert Person(id="", username=f"nobody{number}", password="x").identify(browser, page).status == 422
        assert 0 < road.asked - before < 50, "each has asked, and waited"
        assert provider.bank.get("/readyz").json()["checks"]["redis"] == "degraded"
        road.delay = 0.0


def test_flt_10_wiped_redis_forgives_nobody(provider: Provider, server: RedisServer) -> None:
    """FLT-10: used codes, locks, sessions and refresh families are in the database and nowhere else."""
    browser, alice, bob = provider.browser(), provider.people["alice"], provider.people["bob"]
    code = bob.code(provider.clock.now())
    provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA)
    tokens = offline(provider, browser, provider.bank, alice)
    assert refresh(provider.bank, tokens.reply["refresh_token"]).status == 200
    provider.advance(11)
    assert _guess(provider, provider.people["carol"], times=11)[-1] == 429
    server.wipe()
    assert _guess(provider, provider.people["carol"], times=1) == [429]
    with provider.no_code_issued():
        assert not _gives(provider, bob, code)
    assert refresh(provider.bank, tokens.reply["refresh_token"]).json()["error"] == "invalid_grant"
    assert provider.bank.get("/readyz").json()["checks"]["redis"] == "ok"
    attempt = provider.bank.attempt()
    assert provider.bank.tokens(attempt, browser.get(attempt.url)).auth_time == tokens.auth_time


def _guess(provider: Provider, person: Person, *, times: int) -> list[int]:
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    return [person.identify(browser, page, password="wrong").status for _ in range(times)]


def _gives(provider: Provider, bob: Person, code: str) -> bool:
    browser = provider.browser()
    page = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    return bool(bob.give_code(browser, page, code).location)


def test_nothing_of_a_person_is_in_redis(provider: Provider, server: RedisServer) -> None:
    """SES-10 for Redis: what lies there are counters under keyed hashes, each with an end."""
    provider.sign_in(provider.browser(), provider.bank, provider.people["bob"], acr_values=MFA)
    with server.asked() as client:
        keys = client.keys("*")
        assert keys
        assert all(client.type(key) == b"string" and client.get(key).isdigit() and client.ttl(key) > 0 for key in keys)
        assert not any(b"127.0.0.1" in key or b"bob" in key for key in keys)


@pytest.mark.parametrize("is_heard", [True, False], ids=["told", "not told"])
def test_change_on_one_node_is_in_force_on_the_other_within_a_second(
    provider: Provider, server: RedisServer, is_heard: bool
) -> None:
    """O1: a client that is disabled, and a session that is ended, on one node are so on the other."""
    other = provider.restarted()
    other.listen()
    browser = other.browser()
    other.sign_in(browser, other.bank, other.people["alice"])
    assert other.bank.get("/jwks").status == 200  # versions are in its memory now
    with nullcontext() if is_heard else gone(server):
        provider.end_sessions(provider.people["alice"])
        provider.disable_client("shop")
        assert other.browser().open(other.bank.attempt().url).has("password")
        assert browser.open(other.bank.attempt().url).has("password"), "sessions are read from the database"
        until(lambda: not _is_served(other, other.browser()))
    other.close()


def _is_served(node: Provider, browser: Browser) -> bool:
    return browser.open(node.parties["shop"].attempt().url).status == 200
