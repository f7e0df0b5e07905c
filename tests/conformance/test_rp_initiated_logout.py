"""oidcc-rp-initiated-logout-certification-test-plan: 11 modules (conformance.md §2, RP-initiated logout)."""

import base64
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.conformance.kit import BYE, Check, Suite
from tests.support.browser import Page

STATE = "s" * 128
SIGNED_OUT = "You are signed out"


def leave(suite: Suite, **parameters: str) -> Page:
    """Send the browser to the advertised endpoint."""
    endpoint = suite.metadata["end_session_endpoint"]
    return suite.browser.get(f"{endpoint}?{urlencode(parameters)}" if parameters else endpoint)


def is_silent(suite: Suite) -> bool:
    """Tell whether prompt=none still succeeds."""
    attempt = suite.attempt(prompt="none")
    page = suite.browser.get(attempt.url)
    if "code" in page.answer:
        return True
    assert suite.basic.error(attempt, page) in {"login_required", "interaction_required"}
    return False


def verification(suite: Suite) -> None:
    """The endpoint is advertised."""
    assert suite.metadata["end_session_endpoint"] == suite.provider.issuer + "/logout"


def logout(suite: Suite) -> None:
    """Back with the same state, without client_id; then prompt=none fails."""
    tokens = suite.sign_in()
    page = leave(suite, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE, state=STATE)
    assert page.location.partition("?")[0] == BYE
    assert parse_qs(urlsplit(page.location).query) == {"state": [STATE]}
    assert not is_silent(suite)


def no_state(suite: Suite) -> None:
    """The same, and no state comes back."""
    tokens = suite.sign_in()
    page = leave(suite, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE)
    assert page.location == BYE
    assert not is_silent(suite)


def not_redirected(suite: Suite, **parameters: str) -> None:
    """An error or a question, and no redirect, not after the answer either."""
    page = leave(suite, **parameters)
    assert page.location == ""
    assert page.status == 400 or page.has("logout-yes")
    assert is_silent(suite)
    if page.has("logout-yes"):
        done = suite.browser.submit(page, button="logout-yes")
        assert (done.location, SIGNED_OUT in done.text) == ("", True)


def bad_uri(suffix: str) -> Check:
    """An address that is not registered, and one with a query added."""

    def check(suite: Suite) -> None:
        tokens = suite.sign_in()
        not_redirected(suite, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE + suffix, state=STATE)

    return check


def modified_hint(suite: Suite) -> None:
    """The hint's own claims under alg none."""
    payload = suite.sign_in().id_token.split(".")[1]
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    not_redirected(suite, id_token_hint=f"{header}.{payload}.", post_logout_redirect_uri=BYE, state=STATE)


def bad_hint(suite: Suite) -> None:
    """The hint's own claims under somebody else's signature."""
    tokens = suite.sign_in()
    key = RSAKey.generate_key(2048)
    hint = jwt.encode({"alg": "RS256", "kid": tokens.header["kid"]}, dict(tokens.claims), key, algorithms=["RS256"])
    not_redirected(suite, id_token_hint=hint, post_logout_redirect_uri=BYE, state=STATE)


def no_hint(suite: Suite) -> None:
    """A registered address, and nothing that says whose."""
    suite.sign_in()
    not_redirected(suite, post_logout_redirect_uri=BYE, state=STATE)


def signed_out(**parameters: str) -> Check:
    """The person ends signed out, on a page that says so; a question before it is allowed."""

    def check(suite: Suite) -> None:
        tokens = suite.sign_in()
        page = leave(suite, **{name: value or tokens.id_token for name, value in parameters.items()})
        if page.has("logout-yes"):
            page = suite.browser.submit(page, button="logout-yes")
        assert (page.status, page.location) == (200, "")
        assert SIGNED_OUT in page.text
        assert not is_silent(suite)

    return check


MODULES: dict[str, Check] = {
    "oidcc-rp-initiated-logout-discovery-endpoint-verification": verification,
    "oidcc-rp-initiated-logout": logout,
    "oidcc-rp-initiated-logout-no-state": no_state,
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": bad_uri("/bad"),
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": bad_uri("?foo=bar"),
    "oidcc-rp-initiated-logout-modified-id-token-hint": modified_hint,
    "oidcc-rp-initiated-logout-bad-id-token-hint": bad_hint,
    "oidcc-rp-initiated-logout-no-id-token-hint": no_hint,
    "oidcc-rp-initiated-logout-no-params": signed_out(),
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri": signed_out(id_token_hint=""),
    "oidcc-rp-initiated-logout-only-state": signed_out(state=STATE),
}


@pytest.mark.parametrize("module", MODULES)
def test_rp_initiated_logout(suite: Suite, module: str) -> None:
    """Each module of the plan passes."""
    MODULES[module](suite)


def test_plan_is_whole() -> None:
    """The plan has 11 modules."""
    assert len(MODULES) == 11
