"""`/.well-known/webauthn`: who else may use these passkeys."""

import pytest

from tests.support.authenticator import Authenticator
from tests.support.fixtures import filled, make_provider
from tests.support.passkeys import give, use
from tests.support.provider import MakeProvider, Provider

__all__ = ["filled", "make_provider"]


def test_related_origins_are_those_of_the_settings(make_provider: MakeProvider) -> None:
    """WebAuthn Level 3 §5.11: JSON with the origins; by default the issuer alone."""
    provider: Provider = make_provider()
    page = provider.browser().get("/.well-known/webauthn")
    assert page.status == 200
    assert page.header("content-type") == "application/json"
    assert page.json() == {"origins": [provider.issuer]}


RELATED = "https://app.partner.test"


def test_passkey_signs_at_every_origin_of_the_settings(make_provider: MakeProvider) -> None:
    """WebAuthn Level 3 §7.2: one RP ID, and any of the origins that are listed for it."""
    provider = make_provider(IDP_WEBAUTHN_ORIGINS=f"http://localhost:8000,{RELATED}")
    assert provider.browser().get("/.well-known/webauthn").json() == {"origins": [provider.issuer, RELATED]}
    device, bob = Authenticator(), provider.people["bob"]
    give(provider, bob, device)
    for origin in (provider.issuer, RELATED):
        browser, attempt = provider.browser(), provider.bank.attempt()
        answer = use(browser, browser.open(attempt.url), device, key=device.keys[0], origin=origin)
        assert provider.bank.tokens(attempt, answer).claims["sub"]


@pytest.mark.parametrize(
    "origin",
    ["https://evil.test", "https://app.partner.test:8443", "http://app.partner.test", "https://partner.test", "null"],
)
def test_passkey_signs_at_no_other_origin(make_provider: MakeProvider, origin: str) -> None:
    """WAN-04: another host, port or scheme, the parent of a listed one, or none: refused, and nothing is issued."""
    provider = make_provider(IDP_WEBAUTHN_ORIGINS=f"http://localhost:8000,{RELATED}")
    device, bob = Authenticator(), provider.people["bob"]
    give(provider, bob, device)
    with provider.nothing_issued():
        browser = provider.browser()
        page = browser.open(provider.bank.attempt().url)
        assert use(browser, page, device, key=device.keys[0], origin=origin).status == 422
