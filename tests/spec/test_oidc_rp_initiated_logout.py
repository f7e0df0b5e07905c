"""OpenID Connect RP-Initiated Logout 1.0."""

import pytest

from tests.support.afterwards import BYE, is_signed_in, logout_url, offline
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, Tokens


@pytest.fixture
def tokens(provider: Provider, browser: Browser, bank: RelyingParty, alice: Person) -> Tokens:
    return offline(provider, browser, bank, alice)


def test_2_1_endpoint_is_announced(bank: RelyingParty) -> None:
    """§2.1: end_session_endpoint."""
    assert bank.get("/.well-known/openid-configuration").json()["end_session_endpoint"] == bank.issuer + "/logout"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_2_both_methods_are_served(provider: Provider, browser: Browser, tokens: Tokens, method: str) -> None:
    """§2: OpenID Providers MUST support GET and POST."""
    fields = {"id_token_hint": tokens.id_token, "post_logout_redirect_uri": BYE, "state": "s"}
    if method == "GET":
        page = browser.get(logout_url(provider, **fields))
    else:
        page = browser.get(browser.post(provider.issuer + "/logout", fields, site="https://rp1.test").location)
    assert (page.status, page.location) == (303, BYE + "?state=s")
    assert not is_signed_in(provider, browser)


def test_2_expired_hint_is_accepted(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """§2: SHOULD accept a hint whose exp has passed while its session is there."""
    provider.advance(3600)
    assert (
        browser.get(logout_url(provider, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE)).location == BYE
    )


def test_2_hint_of_another_issuer_is_not_accepted(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """§2: the OP MUST verify that it was the issuer."""
    hint = provider.sign({"alg": "RS256"}, dict(tokens.claims) | {"iss": "https://other.test"})
    page = browser.get(logout_url(provider, id_token_hint=hint, post_logout_redirect_uri=BYE))
    assert (page.location, page.has("logout-yes")) == ("", True)


def test_2_client_id_must_agree_with_the_hint(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """§2: the OP MUST verify that client_id matches."""
    fields = {"id_token_hint": tokens.id_token, "post_logout_redirect_uri": BYE}
    page = browser.get(logout_url(provider, client_id="shop", **fields))
    assert (page.location, page.has("logout-yes")) == ("", True)
    assert browser.get(logout_url(provider, client_id="bank", **fields)).location == BYE


def test_2_without_a_hint_the_person_is_asked(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """§2: the OP MUST ask when there is no id_token_hint, and only a yes ends anything."""
    page = browser.get(logout_url(provider))
    assert page.has("logout-yes")
    assert is_signed_in(provider, browser)
    assert browser.submit(page, button="logout-yes").status == 200
    assert not is_signed_in(provider, browser)


@pytest.mark.parametrize("target", ["https://e.test/", BYE + "/", BYE + "?a=b", BYE.replace("https", "http")])
def test_3_address_must_be_registered_exactly(
    provider: Provider, browser: Browser, tokens: Tokens, target: str
) -> None:
    """§3: MUST NOT redirect where the value does not exactly match one that was registered."""
    page = browser.get(logout_url(provider, id_token_hint=tokens.id_token, post_logout_redirect_uri=target))
    assert page.location == ""


def test_2_state_comes_back_as_it_was(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """§2: passed back using the state query parameter."""
    state = "a&b=c d+\u00e9%20"
    page = browser.get(logout_url(provider, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE, state=state))
    assert page.answer == {"state": state}


def test_4_errors_are_pages(provider: Provider, browser: Browser, tokens: Tokens) -> None:
    """§4: MUST NOT redirect when the request is faulty."""
    url = logout_url(provider, id_token_hint=tokens.id_token, post_logout_redirect_uri=BYE)
    page = browser.get(url + "&state=a&state=b")
    assert (page.status, page.location) == (400, "")
    assert is_signed_in(provider, browser)
