"""RFC 9470 end to end: an API protected by `idp.resource_server`, tokens from our own provider, one step-up between."""

from collections.abc import Mapping

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from idp.resource_server import Fetched, ResourceServer, StepUp
from idp.resource_server.flask import Protect
from tests.support.afterwards import amend, logout_url, offline, refresh, revoke
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, Tokens

API = "https://api.test"
MFA = "urn:idp:acr:mfa"
FRESH = 300


class InProcessFetcher:
    """Asks the provider without a socket, and counts how often."""

    def __init__(self, provider: Provider) -> None:
        self._transport = provider.transport
        self.asked: list[str] = []

    def fetch(self, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        self.asked.append(url)
        method = "GET" if body is None else "POST"
        reply = self._transport.send(method, url, list((headers or {}).items()), body or b"")
        return Fetched(reply.status, {name.lower(): value for name, value in reply.headers}, reply.body)


class Api:
    """A small API: a balance for whoever is signed in, a transfer for whoever has just stepped up."""

    def __init__(self, provider: Provider, party: RelyingParty, fetcher: InProcessFetcher) -> None:
        server = ResourceServer(
            provider.issuer,
            API,
            client_id=party.client_id,
            client_secret=party.secret,
            fetcher=fetcher,
            clock=provider.clock,
        )
        protect, app = Protect(server), Flask("api")

        @app.get("/balance")
        @protect.require(scopes=["openid"])
        def balance() -> dict[str, str]:
            return {"of": protect.token.sub}

        @app.post("/transfer")
        @protect.require(acr_values=[MFA], max_age=FRESH)
        def transfer() -> dict[str, str]:
            return {"by": protect.token.sub, "acr": protect.token.acr}

        self._client = app.test_client()

    def balance(self, token: str) -> TestResponse:
        return self._client.get("/balance", headers={"Authorization": f"Bearer {token}"})

    def transfer(self, token: str) -> TestResponse:
        return self._client.post("/transfer", headers={"Authorization": f"Bearer {token}"})


@pytest.fixture
def fetcher(provider: Provider) -> InProcessFetcher:
    return InProcessFetcher(provider)


@pytest.fixture(params=["jwt", "opaque"])
def api(request: pytest.FixtureRequest, provider: Provider, bank: RelyingParty, fetcher: InProcessFetcher) -> Api:
    """The API that the bank's tokens are for, which reads them itself or asks about them."""
    amend(provider, "bank", audience=API, access_token_format=request.param)
    return Api(provider, bank, fetcher)


def stepped_up(
    provider: Provider, browser: Browser, bank: RelyingParty, person: Person, refusal: TestResponse
) -> Tokens:
    """Carry the API's challenge to the provider and come back with a stronger token (RFC 9470 §4)."""
    step_up = StepUp(clock=provider.clock)
    answer = step_up.answer(refusal.headers["WWW-Authenticate"])
    assert answer is not None
    return provider.sign_in(browser, bank, person, **answer.parameters)


def test_transfer_steps_up_once(
    provider: Provider, browser: Browser, bank: RelyingParty, bob: Person, api: Api
) -> None:
    """§3, §4: a plain token reads the balance; the transfer is refused with what is missing, and then goes through."""
    plain = provider.sign_in(browser, bank, bob)
    assert api.balance(plain.access_token).get_json() == {"of": bob.id}
    refusal = api.transfer(plain.access_token)
    assert refusal.status_code == 401
    assert 'error="insufficient_user_authentication"' in refusal.headers["WWW-Authenticate"]
    stronger = stepped_up(provider, browser, bank, bob, refusal)
    assert api.transfer(stronger.access_token).get_json() == {"by": bob.id, "acr": MFA}
    assert api.transfer(plain.access_token).status_code == 401


def test_transfer_asks_again_after_its_minutes(
    provider: Provider, browser: Browser, bank: RelyingParty, bob: Person, api: Api
) -> None:
    """§3: max_age counts from the proof, not from the token; refreshing makes nobody fresh."""
    tokens = offline(provider, browser, bank, bob, acr_values=MFA)
    assert api.transfer(tokens.access_token).status_code == 200
    provider.advance(FRESH + 61)
    refreshed = refresh(bank, tokens.reply["refresh_token"]).json()["access_token"]
    refusal = api.transfer(refreshed)
    assert refusal.status_code == 401
    assert f'max_age="{FRESH}"' in refusal.headers["WWW-Authenticate"]
    assert api.transfer(stepped_up(provider, browser, bank, bob, refusal).access_token).status_code == 200


def test_no_other_token_of_ours_opens_the_api(
    provider: Provider, browser: Browser, bank: RelyingParty, shop: RelyingParty, bob: Person, api: Api
) -> None:
    """RFC 9068 §4, RFC 7662 §2.2: neither ID nor refresh tokens, nor a token for another audience."""
    tokens = offline(provider, browser, bank, bob)
    others = (tokens.id_token, tokens.reply["refresh_token"], provider.sign_in(browser, shop, bob).access_token)
    assert [api.balance(token).status_code for token in others] == [401] * 3


def test_api_that_asks_sees_what_has_ended(
    provider: Provider, browser: Browser, bank: RelyingParty, bob: Person, fetcher: InProcessFetcher
) -> None:
    """RFC 7662 §4: an opaque token is over at once, by revocation or by logout."""
    amend(provider, "bank", audience=API, access_token_format="opaque")
    api = Api(provider, bank, fetcher)
    revoked, ended = (provider.sign_in(browser, bank, bob) for _ in range(2))
    assert [api.balance(tokens.access_token).status_code for tokens in (revoked, ended)] == [200, 200]
    revoke(bank, revoked.access_token)
    assert [api.balance(tokens.access_token).status_code for tokens in (revoked, ended)] == [401, 200]
    browser.get(logout_url(provider, id_token_hint=ended.id_token))
    assert api.balance(ended.access_token).status_code == 401


def test_api_that_reads_asks_for_keys_alone(
    provider: Provider, browser: Browser, bank: RelyingParty, bob: Person, fetcher: InProcessFetcher
) -> None:
    """RFC 9068: a signed token needs no question; the documents are fetched once."""
    amend(provider, "bank", audience=API)
    api, token = Api(provider, bank, fetcher), provider.sign_in(browser, bank, bob).access_token
    assert {api.balance(token).status_code for _ in range(5)} == {200}
    assert sorted(fetcher.asked) == [
        provider.issuer + "/.well-known/openid-configuration",
        provider.issuer + "/jwks",
    ]
