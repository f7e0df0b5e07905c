"""OAuth 2.0 Form Post Response Mode."""

import re

import pytest

from tests.support.browser import Browser
from tests.support.relying_party import RelyingParty

NASTY = "\"'><script>alert(1)</script>&amp; é 日本"


def test_2_answer_is_a_form_posted_to_the_client(signed_in: Browser, bank: RelyingParty) -> None:
    """§2: 200 with a form that posts to the redirection URI, parameters HTML-escaped; the relying party checks it."""
    attempt = bank.attempt(response_mode="form_post", state=NASTY)
    page = signed_in.get(attempt.url)
    assert bank.tokens(attempt, page)
    assert "<script>alert" not in page.text


def test_2_page_works_without_a_script_and_under_the_strict_policy(signed_in: Browser, bank: RelyingParty) -> None:
    """OAU-18: a button for who has no scripts; a nonce for who has; no form-action, no inline handler; not stored."""
    page = signed_in.get(bank.attempt(response_mode="form_post").url)
    policy = page.header("content-security-policy")
    assert "default-src 'none'" in policy
    assert "form-action" not in policy
    assert "unsafe" not in policy
    assert page.document.forms[0].buttons
    nonces = set(re.findall(r"nonce-([^']+)'", policy))
    for tag, attributes in page.document.elements:
        assert not any(name.startswith("on") for name in attributes)
        if tag == "script":
            assert attributes["nonce"] in nonces
    assert "no-store" in page.header("cache-control")


@pytest.mark.parametrize("changes", [{"max_age": "abc"}, {"prompt": "none login"}])
def test_2_errors_come_by_the_same_way(signed_in: Browser, bank: RelyingParty, changes: dict[str, str]) -> None:
    """§2: errors are returned in the response mode that was asked for."""
    attempt = bank.attempt(response_mode="form_post", **changes)
    page = signed_in.get(attempt.url)
    assert page.status == 200
    assert bank.error(attempt, page) == "invalid_request"
