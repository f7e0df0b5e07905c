"""RFC 9126, OAuth 2.0 Pushed Authorization Requests."""

import re

import pytest

from tests.support.afterwards import amend
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, basic

MFA = "urn:idp:acr:mfa"


def test_2_1_client_authenticates_as_at_the_token_endpoint(bank: RelyingParty) -> None:
    """§2.1: the rules of the token endpoint apply."""
    fields, _ = bank.push_request(bank.attempt())
    for headers in ({}, {"Authorization": basic("bank", "wrong")}):
        answer = bank.post("/par", fields, headers=headers)
        assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_2_1_client_authenticates_by_its_method(provider: Provider, signed_in: Browser, method: str) -> None:
    """§2.1: each registered method, public clients by their client_id alone."""
    client = provider.add_client(f"by-{method}", token_endpoint_auth_method=method)
    attempt = client.pushed()
    assert client.tokens(attempt, signed_in.get(attempt.url)).access_token


def test_2_1_client_id_is_required(bank: RelyingParty) -> None:
    """§2.1: as in any authorization request, also where the header has it."""
    answer = bank.push(bank.attempt(), client_id="")
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


def test_2_1_request_uri_is_not_pushed(bank: RelyingParty) -> None:
    """§2.1: request_uri MUST NOT be provided, not even one of ours."""
    ours = bank.push(bank.attempt()).json()["request_uri"]
    for uri in (ours, "https://rp1.test/request.jwt"):
        answer = bank.push(bank.attempt(), request_uri=uri)
        assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"redirect_uri": "https://evil.test/cb"}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "unheard_of"}, "invalid_scope"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "abc"}, "invalid_request"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"id_token_hint": "e30.e30.e30"}, "invalid_request"),
        ({"claims": '{"id_token":{"acr":{"essential":true,"value":"no"}}}'}, "unmet_authentication_requirements"),
    ],
    ids=str,
)
def test_2_1_request_is_validated_as_at_the_authorization_endpoint(
    provider: Provider, bank: RelyingParty, changes: dict[str, str], error: str
) -> None:
    """§2.1, §2.3: what the authorization endpoint would refuse is refused when it is pushed, as JSON."""
    with provider.unchanged("pushed_requests"):
        answer = bank.push(bank.attempt(), **changes)
    assert (answer.status, answer.json()["error"]) == (400, error)
    assert "no-store" in answer.header("cache-control")


def test_2_2_answer_names_a_reference_and_its_end(provider: Provider, bank: RelyingParty) -> None:
    """§2.2: 201, a request_uri of 256 random bits, its life in seconds; never cached, and stored as a hash alone."""
    answer = bank.push(bank.attempt())
    assert answer.status == 201
    assert "no-store" in answer.header("cache-control")
    assert set(answer.json()) == {"request_uri", "expires_in"}
    assert answer.json()["expires_in"] == 60
    uri = answer.json()["request_uri"]
    assert re.fullmatch(r"urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}", uri)
    assert uri != bank.push(bank.attempt()).json()["request_uri"]
    assert uri.rpartition(":")[2] not in provider.dump()
    assert bank.secret not in provider.dump()


def test_2_3_post_is_the_method(bank: RelyingParty) -> None:
    """§2, §2.3: anything else is 405; what stands in the query is no request."""
    answer = bank.get("/par?" + bank.attempt().url.partition("?")[2])
    assert (answer.status, answer.header("allow")) == (405, "POST")


def test_2_3_too_much_is_refused(bank: RelyingParty) -> None:
    """§2.3: 413 for a body that is too large."""
    assert bank.push(bank.attempt(state="x" * 70_000)).status == 413


def test_4_request_is_the_one_that_was_pushed(
    browser: Browser, bank: RelyingParty, bob: Person, provider: Provider
) -> None:
    """§4: client_id and request_uri lead through what was asked, from the first page to the tokens."""
    attempt = bank.pushed(acr_values=MFA, response_mode="form_post")
    page = bob.answer(browser, browser.open(attempt.url), provider.clock.now())
    assert not page.location
    assert bank.tokens(attempt, page).acr == MFA


def test_4_parameters_beside_the_reference_do_not_count(signed_in: Browser, bank: RelyingParty) -> None:
    """§4, RFC 9101 §6.3: the pushed ones alone are used; those beside are ignored."""
    attempt = bank.attempt()
    uri = bank.push(attempt).json()["request_uri"]
    beside = {
        "redirect_uri": "https://evil.test/cb",
        "state": "another",
        "nonce": "another",
        "prompt": "login",
        "code_challenge": "x" * 43,
        "response_mode": "form_post",
    }
    assert bank.tokens(attempt, signed_in.get(bank.authorize_url(uri, **beside))).access_token


def test_4_reference_may_be_posted(signed_in: Browser, bank: RelyingParty) -> None:
    """§4, RFC 6749 §3.1: the authorization endpoint takes POST too, and a reload of that spends nothing."""
    attempt = bank.attempt()
    fields = [("client_id", bank.client_id), ("request_uri", bank.push(attempt).json()["request_uri"])]
    moved = signed_in.post("/authorize", fields)
    assert signed_in.post("/authorize", fields).location == moved.location
    assert bank.tokens(attempt, signed_in.get(moved.location)).access_token


@pytest.mark.parametrize("has_session", [True, False])
def test_4_reference_is_good_once(provider: Provider, bank: RelyingParty, alice: Person, has_session: bool) -> None:
    """§4, §7.3: one-time use; what has begun by it goes on, whatever becomes of the address of its beginning."""
    browser = provider.browser()
    if has_session:
        provider.sign_in(browser, bank, alice)
    attempt = bank.pushed()
    first = browser.get(attempt.url)
    with provider.nothing_issued(), provider.unchanged("interactions"):
        again = browser.get(attempt.url)
    assert (again.status, again.location) == (400, "")
    page = first if has_session else alice.identify(browser, browser.follow(first))
    assert bank.tokens(attempt, page).access_token


def test_4_reference_expires(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§2.2, §4: after expires_in seconds it is invalid, to the second."""
    attempt, late = bank.pushed(), bank.pushed()
    provider.advance(59)
    assert bank.code(attempt, signed_in.get(attempt.url))
    provider.advance(1)
    with provider.nothing_issued():
        assert signed_in.get(late.url).status == 400


def test_4_reference_is_bound_to_its_client(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§2.2: the request_uri MUST be bound to the client that posted it; who else names it does not use it up."""
    attempt = bank.attempt()
    uri = bank.push(attempt).json()["request_uri"]
    with provider.nothing_issued():
        refused = signed_in.get(provider.parties["shop"].authorize_url(uri))
        unknown = signed_in.get(provider.parties["shop"].authorize_url(uri[:-1] + "x"))
    assert refused.status == unknown.status == 400
    assert refused.document.text == unknown.document.text
    assert bank.code(attempt, signed_in.get(bank.authorize_url(uri)))


def test_5_endpoint_is_announced(bank: RelyingParty) -> None:
    """§5: its address, and that nobody has to use it."""
    metadata = bank.get("/.well-known/oauth-authorization-server").json()
    assert metadata["pushed_authorization_request_endpoint"] == bank.issuer + "/par"
    assert metadata["require_pushed_authorization_requests"] is False


def test_6_client_may_be_held_to_it(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§6: a client registered with require_pushed_authorization_requests is refused anything else."""
    amend(provider, "bank", require_pushed_authorization_requests=True)
    plain = bank.attempt()
    with provider.nothing_issued():
        assert bank.error(plain, signed_in.get(plain.url)) == "invalid_request"
    attempt = bank.pushed()
    assert bank.tokens(attempt, signed_in.get(attempt.url)).access_token
