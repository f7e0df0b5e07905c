"""RFC 7636, Proof Key for Code Exchange."""

import pytest

from tests.support.browser import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty


def test_4_3_challenge_and_method_are_accepted(signed_in: Browser, bank: RelyingParty) -> None:
    """§4.3: code_challenge with S256, which servers MUST implement (§4.2)."""
    attempt = bank.attempt()
    assert bank.tokens(attempt, signed_in.get(attempt.url))


@pytest.mark.parametrize(
    "without", [("code_challenge",), ("code_challenge_method",), ("code_challenge", "code_challenge_method")]
)
def test_4_4_1_missing_challenge_is_invalid_request(
    provider: Provider, signed_in: Browser, bank: RelyingParty, without: tuple[str, ...]
) -> None:
    """§4.4.1: a required challenge that is missing MUST be answered invalid_request."""
    attempt = bank.attempt(without=without)
    with provider.nothing_issued():
        assert bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


@pytest.mark.parametrize("method", ["plain", "S512", "s256"])
def test_4_4_1_unsupported_transform_is_invalid_request(
    provider: Provider, signed_in: Browser, bank: RelyingParty, method: str
) -> None:
    """§4.4.1: a transformation that is not supported MUST be answered invalid_request; `plain` is not."""
    attempt = bank.attempt(code_challenge_method=method)
    with provider.nothing_issued():
        assert bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


@pytest.mark.parametrize("verifier", ["", "w" * 43, "short", "x" * 129, "with space" * 5])
def test_4_6_verifier_that_does_not_match_is_invalid_grant(
    provider: Provider, signed_in: Browser, bank: RelyingParty, verifier: str
) -> None:
    """§4.6: values that are not equal MUST be answered invalid_grant; the code stays for its owner."""
    attempt, code = provider.code(signed_in, bank)
    with provider.no_token_issued():
        assert bank.redeem(attempt, code, code_verifier=verifier).json()["error"] == "invalid_grant"
    assert bank.redeem(attempt, code).status == 200


def test_5_client_without_pkce_where_it_is_optional(provider: Provider, signed_in: Browser) -> None:
    """§5: a server may accept clients that do not implement the extension; only an administrator makes it so."""
    client = provider.add_client("no-pkce", require_pkce=False)
    attempt = client.attempt(without=("code_challenge", "code_challenge_method"))
    code = client.code(attempt, signed_in.get(attempt.url))
    assert client.redeem(attempt, code, code_verifier="").status == 200


def test_5_optional_pkce_once_begun_is_checked(provider: Provider, signed_in: Browser) -> None:
    """§4.6: a challenge that was sent must be answered, though it was not required."""
    client = provider.add_client("no-pkce", require_pkce=False)
    attempt, code = provider.code(signed_in, client)
    with provider.no_token_issued():
        assert client.redeem(attempt, code, code_verifier="").json()["error"] == "invalid_grant"
    assert client.redeem(attempt, code).status == 200
