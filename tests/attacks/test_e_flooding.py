"""Whoever asks for nothing but pages fills no table: table E, and what its rows have in common with FLT-40."""

import pytest

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

MOST = 6


@pytest.fixture
def provider(make_provider: MakeProvider) -> Provider:
    """One that lets an address begin few sign-ins in a minute; its forms are counted with nobody else's."""
    return make_provider(IDP_PACE=str(MOST), IDP_REDIS_URL="")


@pytest.mark.parametrize("page", ["an application", "/account/", "/admin/"])
def test_flt_40_an_address_begins_so_many_sign_ins_a_minute(provider: Provider, page: str) -> None:
    """FLT-40: beyond them 429, a time to wait, and no row, in whatever browser; a minute later there are more."""
    url = provider.bank.attempt().url if page == "an application" else page
    for _ in range(MOST):
        assert provider.browser().get(url).status == 303
    with provider.unchanged("interactions"):
        for _ in range(3):
            refused = provider.browser().get(url)
            assert refused.status == 429
            assert 0 < int(refused.header("retry-after")) <= 60
            assert refused.header("set-cookie") == ""
    provider.advance(60)
    assert provider.browser().get(url).status == 303


def test_flt_40_who_is_signed_in_already_is_answered(provider: Provider, browser: Browser, bob: Person) -> None:
    """FLT-40: single sign-on and `prompt=none` write no interaction, so a flood from next door stops neither."""
    provider.sign_in(browser, provider.bank, bob)
    for _ in range(2 * MOST):
        provider.browser().get(provider.bank.attempt().url)
    with provider.unchanged("interactions"):
        attempt = provider.bank.attempt()
        assert provider.bank.tokens(attempt, browser.get(attempt.url)).access_token
        silent = provider.browser().get(provider.bank.attempt(prompt="none").url)
        assert "error=login_required" in silent.location
