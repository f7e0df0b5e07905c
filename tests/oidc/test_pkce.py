"""PKCE arithmetic."""

from hypothesis import given
from hypothesis import strategies as st

from idp.oidc.pkce import challenge_of, is_answered


def test_challenge_of_the_specifications_own_example():
    """RFC 7636, appendix B."""
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@given(st.text(), st.text())
def test_is_answered_never_fails(challenge, verifier):
    """Any text is judged; without a challenge there must be no verifier."""
    assert is_answered(challenge, verifier) is (not challenge and not verifier)
