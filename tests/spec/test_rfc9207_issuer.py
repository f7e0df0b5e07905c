"""RFC 9207, Authorization Server Issuer Identification."""

import pytest

from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_2_issuer_is_in_every_answer(signed_in: Browser, bank: RelyingParty, mode: str) -> None:
    """§2: iss MUST be in authorization responses, error responses included; the relying party checks it."""
    attempt = bank.attempt(response_mode=mode)
    assert bank.code(attempt, signed_in.get(attempt.url))
    refused = bank.attempt(response_mode=mode, max_age="abc")
    assert bank.error(refused, signed_in.get(refused.url)) == "invalid_request"


@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_2_issuer_is_in_the_answer_of_a_silent_refusal(browser: Browser, bank: RelyingParty, mode: str) -> None:
    """§2: also where prompt=none ends without a page."""
    attempt = bank.attempt(response_mode=mode, prompt="none")
    assert bank.error(attempt, browser.get(attempt.url)) == "login_required"


def test_3_issuer_is_announced(provider: Provider, bank: RelyingParty) -> None:
    """§3: authorization_response_iss_parameter_supported, and the same issuer as in the metadata."""
    metadata = bank.get("/.well-known/oauth-authorization-server").json()
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert metadata["issuer"] == provider.issuer
