"""An installation whose signing keys are in a PKCS #11 token: from its first start to the tokens people get (O4)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.cli.installation import ALGORITHMS
from idp.cli.key_modules import ring_of
from idp.records.keys import store
from idp.records.keys.service import KNOWN_AFTER
from tests.support.fixtures import MakeProvider
from tests.support.provider import Provider
from tests.support.softhsm import Token, soft_token


@pytest.fixture
def token(tmp_path: Path) -> Iterator[Token]:
    with soft_token(tmp_path) as it:
        yield it


@pytest.fixture
def provider(make_provider: MakeProvider, token: Token) -> Provider:
    it = make_provider(IDP_KEY_MODULE=token.uri)
    with it.database.transaction(durable=True) as tx:
        ring = ring_of(it.settings, it.clock)
        for _ in range(2):
            assert [ring.rotate(tx, alg) for alg in ALGORITHMS] == [None, None]
            it.clock.advance(KNOWN_AFTER)
        kept = [tx.keys.open(key.private_sealed, context=store.sealing_context(key.kid)) for key in store.list_keys(tx)]
    assert sum(b'"module": "pkcs11"' in each for each in kept) == 4
    return it


def test_people_sign_in_with_keys_that_never_leave_the_token(provider: Provider) -> None:
    """Both algorithms: the ID token is RS256, the access token ES256, and the relying party checks both."""
    tokens = provider.sign_in(provider.browser(), provider.bank, provider.people["bob"])
    assert (tokens.header["alg"], tokens.claims["sub"]) == ("RS256", provider.people["bob"].id)
    assert provider.bank.userinfo(tokens.access_token).status == 200
    assert provider.bank.get("/readyz").status == 200


def test_code_outlives_a_token_that_is_away(provider: Provider, token: Token) -> None:
    """Without the token nothing is issued, spent or signed with another key; the same code is good once it is back."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, provider.people["bob"])
    attempt, code = provider.code(browser, provider.bank)
    token.take_away()
    try:
        with provider.no_token_issued():
            refused = provider.bank.redeem(attempt, code)
        assert refused.status == 503, refused.text
        assert refused.header("retry-after")
        ready = provider.bank.get("/readyz")
        assert (ready.status, ready.json()["checks"]["keys"]) == (503, "failing")
    finally:
        token.put_back()
    reply = provider.bank.redeem(attempt, code).json()
    nonce, access_token = attempt.nonce, reply["access_token"]
    claims, _ = provider.bank.checked(reply["id_token"], nonce=nonce, access_token=access_token)
    assert claims["sub"] == provider.people["bob"].id
    assert provider.bank.get("/readyz").status == 200
