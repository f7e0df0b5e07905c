"""`/.well-known/webauthn`: who else may use these passkeys."""

from tests.support.fixtures import filled, make_provider
from tests.support.provider import MakeProvider, Provider

__all__ = ["filled", "make_provider"]


def test_related_origins_are_those_of_the_settings(make_provider: MakeProvider) -> None:
    """WebAuthn Level 3 §5.11: JSON with the origins; by default the issuer alone."""
    provider: Provider = make_provider()
    page = provider.browser().get("/.well-known/webauthn")
    assert page.status == 200
    assert page.header("content-type") == "application/json"
    assert page.json() == {"origins": [provider.issuer]}
