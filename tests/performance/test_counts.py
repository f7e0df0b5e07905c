"""The tight gate: statements, commits, signatures, imported keys and decisions of each hot path (performance.md §4).

Times vary with the machine, these numbers do not. A smaller one is welcome and goes into the table; a larger one needs
a reason that is worth it on every request.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from tests.performance.kit import counted
from tests.support import passkeys
from tests.support.afterwards import OFFLINE, amend, introspect, may_refresh, offline, refresh, revoke
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser, Page
from tests.support.provider import MakeProvider, Provider
from tests.support.redis import redis_server
from tests.support.relying_party import RelyingParty, basic

MFA = "urn:idp:acr:mfa"
TABLE = {
    # what is done                  reads, writes, commits, signatures, key imports, decisions
    "client_credentials, JWT ES256": (1, 0, 0, 1, 0, 0),
    "client_credentials, JWT RS256": (1, 0, 0, 1, 0, 0),
    "client_credentials, opaque": (1, 1, 1, 0, 0, 0),
    "client_credentials, refused": (1, 0, 0, 0, 0, 0),
    "introspection, opaque": (2, 0, 0, 0, 0, 0),
    "introspection, JWT": (2, 0, 0, 0, 0, 0),
    "introspection, a client's own": (2, 0, 0, 0, 0, 0),
    "userinfo, opaque": (2, 0, 0, 0, 0, 0),
    "userinfo, JWT": (2, 0, 0, 0, 0, 0),
    "refresh": (2, 2, 1, 1, 0, 0),
    "revocation": (2, 2, 1, 0, 0, 0),
    "discovery": (0, 0, 0, 0, 0, 0),
    "jwks": (0, 0, 0, 0, 0, 0),
    "authorize, session suffices": (5, 5, 1, 0, 0, 1),
    "request pushed": (1, 1, 1, 0, 0, 0),
    "authorize, pushed, session suffices": (6, 6, 1, 0, 0, 1),
    "code": (2, 3, 1, 1, 0, 0),
    "authorize, something is missing": (5, 1, 1, 0, 0, 1),
    "page that asks for a password": (2, 0, 0, 0, 0, 1),
    "password given": (12, 23, 2, 0, 0, 2),
    "authorize, a code is missing": (7, 1, 1, 0, 0, 1),
    "page that asks for a code": (8, 0, 0, 0, 0, 1),
    "code given": (18, 21, 2, 0, 0, 2),
    "page that asks for a passkey": (8, 0, 0, 0, 0, 1),
    "passkey given": (18, 19, 1, 0, 0, 2),
}


_PUSHED = "authorize, pushed, session suffices"
_ONCE = ("refresh", "revocation", _PUSHED, "code", "password given", "code given", "passkey given")
"""What can be done once."""


@pytest.fixture(scope="module")
def provider(shared_provider: Provider) -> Provider:
    """One for all lines: none disturbs another."""
    if shared_provider.database.dialect != "sqlite":
        pytest.skip("the statements are the same; SQLite tells which it is given")
    return shared_provider


@pytest.fixture(scope="module")
def doings(provider: Provider) -> Mapping[str, Callable[[], object]]:
    """Everything in the table, each ready to be done: keys are imported, statements compiled, people signed in."""
    bank, shop, browser, alice = provider.bank, provider.parties["shop"], provider.browser(), provider.people["alice"]
    may_refresh(provider, "bank", "shop")
    amend(provider, "bank", access_token_format="opaque")
    robots = _robots(provider)
    opaque = offline(provider, browser, bank, alice)
    signed = provider.sign_in(browser, shop, alice, scope=OFFLINE)
    own, given_back = (_ask(robots["opaque"]).json()["access_token"] for _ in range(2))
    return {
        "client_credentials, JWT ES256": lambda: _ask(robots["ES256"]),
        "client_credentials, JWT RS256": lambda: _ask(robots["RS256"]),
        "client_credentials, opaque": lambda: _ask(robots["opaque"]),
        "client_credentials, refused": lambda: _ask(robots["ES256"], secret="wrong"),
        "introspection, opaque": lambda: introspect(bank, opaque.access_token),
        "introspection, JWT": lambda: introspect(shop, signed.access_token),
        "introspection, a client's own": lambda: introspect(robots["opaque"], own),
        "userinfo, opaque": lambda: bank.userinfo(opaque.access_token),
        "userinfo, JWT": lambda: shop.userinfo(signed.access_token),
        "refresh": lambda: refresh(bank, opaque.reply["refresh_token"]),
        "revocation": lambda: revoke(robots["opaque"], given_back),
        "discovery": lambda: bank.get("/.well-known/openid-configuration"),
        "jwks": lambda: bank.get("/jwks"),
        "authorize, session suffices": lambda: browser.get(bank.attempt(scope=OFFLINE).url),
        "request pushed": lambda: bank.push(bank.attempt(scope=OFFLINE)),
        _PUSHED: partial(browser.get, bank.pushed(scope=OFFLINE).url),
        "code": _redeeming(provider, browser, bank),
        "authorize, something is missing": lambda: browser.get(bank.attempt(acr_values=MFA).url),
        **_steps(provider),
    }


def _steps(provider: Provider) -> Mapping[str, Callable[[], object]]:
    """Somebody who has signed in before: their pages, and their answers, of which each counts once."""
    bank, bob, browser = provider.bank, provider.people["bob"], provider.browser()
    provider.sign_in(provider.browser(), bank, bob)
    first = browser.open(bank.attempt().url)
    stepping = provider.browser()
    provider.sign_in(stepping, bank, bob)
    second = stepping.open(bank.attempt(acr_values=MFA).url)
    assert first.has("password")
    assert second.has("code")
    device, holding = Authenticator(origin=provider.issuer), provider.browser()
    dora = provider.add_person("dora")
    passkeys.give(provider, dora, device)
    provider.sign_in(holding, bank, dora)
    third = holding.open(bank.attempt(acr_values=MFA).url)
    return {
        "page that asks for a password": lambda: browser.get(first.url),
        "password given": lambda: _gone(bob.identify(browser, first)),
        "authorize, a code is missing": lambda: stepping.get(bank.attempt(acr_values=MFA).url),
        "page that asks for a code": lambda: stepping.get(second.url),
        "code given": lambda: _gone(bob.give_code(stepping, second, bob.code(provider.clock.now()))),
        "page that asks for a passkey": lambda: holding.get(third.url),
        "passkey given": lambda: _gone(passkeys.use(holding, third, device)),
    }


def _gone(page: Page) -> Page:
    assert "code=" in page.location, page
    return page


@pytest.mark.parametrize("name", TABLE)
def test_hot_path_costs_exactly_this(
    provider: Provider, doings: Mapping[str, Callable[[], object]], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """performance.md §4."""
    if name not in _ONCE:
        doings[name]()
    with counted(provider, monkeypatch) as counts:
        doings[name]()
    assert counts.row == TABLE[name]


def test_first_requests_of_a_process_import_no_private_key(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """performance.md §1: a private RSA key takes 33 ms to import, and the check at the start has done it."""
    other = provider.restarted()
    robot = _robots(other)["RS256"]
    try:
        with counted(other, monkeypatch) as counts:
            for _ in range(5):
                assert _ask(robot).status == 200
        assert (counts.imports, counts.signatures) == (0, 5)
    finally:
        other.close()


def test_with_redis_no_version_is_read(
    make_provider: MakeProvider, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """performance.md §2: while changes are told, a client's signed token costs its signature and no statement."""
    with redis_server(tmp_path) as server:
        provider = make_provider(IDP_REDIS_URL=server.url)
        if provider.database.dialect != "sqlite":
            pytest.skip("the statements are the same; SQLite tells which it is given")
        provider.listen()
        robot = _robots(provider)["ES256"]
        told, is_told = provider._app.database.told, False
        while not is_told:  # on a busy machine Redis may be late, and what it would have said is read then
            while not told.is_listening or told._kept is None:
                _ask(robot)
            with counted(provider, monkeypatch) as counts:
                assert _ask(robot).status == 200
            is_told = told.is_listening and told._kept is not None
        assert counts.row == (0, 0, 0, 1, 0, 0)


def _robots(provider: Provider) -> Mapping[str, RelyingParty]:
    about = {"grant_types": ("client_credentials",), "response_types": ()}
    return {
        "ES256": provider.add_client("robot-es256", **about),
        "RS256": provider.add_client("robot-rs256", access_token_signed_response_alg="RS256", **about),
        "opaque": provider.add_client("robot-opaque", access_token_format="opaque", **about),
    }


def _ask(party: RelyingParty, *, secret: str = ""):
    header = {"Authorization": basic(party.client_id, secret or party.secret)}
    return party.post("/token", {"grant_type": "client_credentials"}, headers=header)


def _redeeming(provider: Provider, browser: Browser, bank: RelyingParty) -> Callable[[], object]:
    attempt = bank.attempt(scope=OFFLINE)
    code = bank.code(attempt, browser.get(attempt.url))
    return lambda: bank.redeem(attempt, code)
