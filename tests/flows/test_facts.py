"""Facts that no other file tries, from what a browser sends to a rule that fires (policy.md §2)."""

import pytest

from tests.support.person import Person
from tests.support.provider import Provider

PHONE = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
MFA = "urn:idp:acr:mfa"
POLICY = f"""bundle: observed
acr:
  urn:idp:acr:1fa: {{title: Signed in, needs: [any]}}
  {MFA}: {{title: Multi-factor, needs: [{{kinds: 2}}]}}
factors: {{first: [password], order: [totp, password]}}
rules:
  - {{id: it, if: {{RULE}}, require: {{acr: {MFA}}}}}
"""


@pytest.mark.parametrize(("agent", "is_asked"), [(PHONE, True), (DESK, False), ("", False)])
def test_device_kind_is_what_the_browser_says(provider: Provider, bob: Person, agent: str, is_asked: bool) -> None:
    """A phone, a desk, and a browser that says nothing: of that a rule knows nothing."""
    provider.publish(POLICY.replace("RULE", "device.kind: {eq: mobile}"))
    browser = provider.browser()
    browser._agent = agent
    page = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt().url)))
    assert page.has("code") is is_asked


def test_session_clients_are_those_signed_in_to(provider: Provider, bob: Person) -> None:
    """Who comes from the bank is asked at the shop; who was never there is not."""
    provider.publish(POLICY.replace("RULE", "session.clients: {contains_any: [bank]}"))
    shop, elsewhere, there = provider.parties["shop"], provider.browser(), provider.browser()
    provider.sign_in(elsewhere, shop, bob)
    assert provider.sign_in(elsewhere, shop, bob).acr == "urn:idp:acr:1fa"
    provider.sign_in(there, provider.bank, bob)
    assert there.open(shop.attempt().url).has("code")
