"""RFC 6749, The OAuth 2.0 Authorization Framework: the authorization code grant."""

import base64

import pytest

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, basic


def test_3_1_parameter_without_a_value_counts_as_omitted(signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1: parameters sent without a value MUST be treated as if they were omitted."""
    attempt = bank.attempt(max_age="", prompt="", response_mode="", claims="")
    assert bank.code(attempt, signed_in.get(attempt.url))


def test_3_1_unrecognized_parameter_is_ignored(signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1: the authorization server MUST ignore unrecognized request parameters."""
    attempt = bank.attempt(extra="foobar")
    assert bank.code(attempt, signed_in.get(attempt.url + "&extra=again"))


def test_3_1_parameter_given_twice_is_refused(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1: request parameters MUST NOT be included more than once."""
    attempt = bank.attempt()
    with provider.nothing_issued():
        assert bank.error(attempt, signed_in.get(attempt.url + "&scope=openid")) == "invalid_request"


def test_3_1_response_type_missing(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§3.1.1: without response_type the server MUST return an error response."""
    attempt = bank.attempt(without=("response_type",))
    with provider.nothing_issued():
        assert bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


def test_3_1_2_query_of_the_redirect_uri_is_retained(provider: Provider, signed_in: Browser) -> None:
    """§3.1.2: a query component MUST be retained when adding parameters."""
    client = provider.add_client("with-query", redirect_uris=("https://rp1.test/cb?a=b",))
    client.redirect_uri = "https://rp1.test/cb?a=b"
    location = signed_in.get(client.attempt().url).location
    assert location.startswith("https://rp1.test/cb?a=b&")
    assert "code=" in location


def test_3_2_token_endpoint_takes_post_alone(provider: Provider, bank: RelyingParty) -> None:
    """§3.2: the client MUST use POST."""
    for method in ("GET", "HEAD"):
        assert provider.browser().get("/token", headers={}).status == 405, method
    assert bank.get("/token?grant_type=authorization_code").header("allow") == "POST"


def test_3_2_parameter_without_a_value_counts_as_omitted(
    provider: Provider, signed_in: Browser, bank: RelyingParty
) -> None:
    """§3.2: parameters sent without a value MUST be treated as if they were omitted."""
    attempt, code = provider.code(signed_in, bank)
    fields, headers = bank.token_request(attempt, code)
    assert bank.post("/token", fields | {"client_secret": "", "scope": ""}, headers=headers).status == 200


def test_3_2_1_client_without_credentials_is_refused(
    provider: Provider, signed_in: Browser, bank: RelyingParty
) -> None:
    """§3.2.1: confidential clients MUST authenticate."""
    attempt, code = provider.code(signed_in, bank)
    fields, _ = bank.token_request(attempt, code)
    with provider.no_token_issued():
        assert bank.post("/token", fields | {"client_id": bank.client_id}).status == 401


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_2_3_1_client_authenticates_as_registered(provider: Provider, signed_in: Browser, method: str) -> None:
    """§2.3.1, §2.1: Basic MUST be supported; the body and public clients are."""
    client = provider.add_client("authenticates", token_endpoint_auth_method=method)
    attempt = client.attempt()
    assert client.tokens(attempt, signed_in.get(attempt.url)).reply["token_type"] == "Bearer"


def test_2_3_1_basic_credentials_are_form_encoded(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§2.3.1: client id and secret are form-encoded inside Basic."""
    attempt, code = provider.code(signed_in, bank)
    fields, _ = bank.token_request(attempt, code)
    encoded = "".join(f"%{ord(letter):02X}" for letter in bank.client_id)
    assert bank.post("/token", fields, headers={"Authorization": basic(encoded, bank.secret)}).status == 200


def test_3_3_scope_granted_is_shown(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§3.3: the server MUST tell the scope when it differs from the one requested."""
    attempt = bank.attempt(scope="openid bogus offline_access email")
    reply = bank.redeem(attempt, bank.code(attempt, signed_in.get(attempt.url))).json()
    assert reply["scope"] == "openid email"
    assert "refresh_token" not in reply


def test_3_3_scope_that_cannot_be_granted(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§3.3: without any valid scope the request fails."""
    for attempt in (bank.attempt(scope="bogus"), bank.attempt(without=("scope",))):
        with provider.nothing_issued():
            assert bank.error(attempt, signed_in.get(attempt.url)) == "invalid_scope"


def test_3_3_scope_without_openid_gives_no_id_token(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """A plain OAuth request is answered with an access token alone."""
    attempt = bank.attempt(scope="email")
    reply = bank.redeem(attempt, bank.code(attempt, signed_in.get(attempt.url))).json()
    assert "id_token" not in reply
    assert reply["access_token"]


def test_4_1_2_state_is_the_exact_value(signed_in: Browser, bank: RelyingParty) -> None:
    """§4.1.2: state is REQUIRED if it was present, the exact value; `code` checks it."""
    for state in ("", "a+b %20&c=d#é"):
        attempt = bank.attempt(state=state)
        assert bank.code(attempt, signed_in.get(attempt.url))


def test_4_1_2_code_is_for_one_client(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§4.1.2: the code is bound to the client identifier and redirection URI."""
    attempt, code = provider.code(signed_in, bank)
    other = provider.add_client("other")
    with provider.no_token_issued():
        assert other.redeem(attempt, code).json()["error"] == "invalid_grant"
        assert bank.redeem(attempt, code, redirect_uri="https://rp1.test/cb2").json()["error"] == "invalid_grant"
    assert bank.redeem(attempt, code).status == 200


def test_4_1_2_code_used_twice_is_denied_and_revokes(
    provider: Provider, signed_in: Browser, bank: RelyingParty
) -> None:
    """§4.1.2: used more than once, the server MUST deny and SHOULD revoke what was issued on it."""
    attempt, code = provider.code(signed_in, bank)
    token = bank.redeem(attempt, code).json()["access_token"]
    provider.advance(90)
    assert bank.redeem(attempt, code).json()["error"] == "invalid_grant"
    assert bank.userinfo(token).status == 401


def test_4_1_2_code_expires_shortly(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§4.1.2: the code MUST expire shortly after it is issued."""
    attempt, code = provider.code(signed_in, bank)
    provider.advance(60)
    assert bank.redeem(attempt, code).json()["error"] == "invalid_grant"


def test_4_1_2_code_cannot_be_guessed(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§10.10: the probability of guessing MUST be at most 2^-128."""
    codes = {provider.code(signed_in, bank)[1] for _ in range(5)}
    assert len(codes) == 5
    assert all(len(base64.urlsafe_b64decode(code + "=")) >= 32 for code in codes)


@pytest.mark.parametrize("changes", [{"client_id": "bogus"}, {"redirect_uri": "https://e.test/cb"}])
def test_4_1_2_1_no_redirect_to_an_unverified_address(
    provider: Provider, signed_in: Browser, bank: RelyingParty, changes: dict[str, str]
) -> None:
    """§4.1.2.1: the server MUST NOT automatically redirect to an invalid redirection URI."""
    with provider.nothing_issued():
        page = signed_in.get(bank.attempt(**changes).url)
    assert (page.status, page.location) == (400, "")


def test_4_1_2_1_denial_is_told(provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty) -> None:
    """§4.1.2.1: access_denied when the resource owner says no."""
    attempt = third_party.attempt(scope="openid email")
    page = browser.follow(alice.identify(browser, browser.open(attempt.url)))
    answer = browser.follow(browser.submit(page, button="consent-deny"))
    answer = answer if answer.location else browser.follow(browser.submit(answer))
    assert third_party.error(attempt, answer) == "access_denied"


def test_5_1_answer_is_json_that_nobody_stores(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§5.1: JSON with Cache-Control no-store and Pragma no-cache."""
    answer = bank.redeem(*provider.code(signed_in, bank))
    assert answer.header("content-type").startswith("application/json")
    assert (answer.header("cache-control"), answer.header("pragma")) == ("no-store", "no-cache")
    assert set(answer.json()) == {"access_token", "token_type", "expires_in", "scope", "id_token"}
    assert answer.json()["expires_in"] == 600


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "bogus"}, "unsupported_grant_type"),
        ({"grant_type": 'pass"wörd'}, "unsupported_grant_type"),
        ({"code": ""}, "invalid_request"),
        ({"code": "bogus"}, "invalid_grant"),
    ],
)
def test_5_2_errors_are_json_with_fixed_texts(
    provider: Provider, signed_in: Browser, bank: RelyingParty, changes: dict[str, str], error: str
) -> None:
    """§5.2: 400 with an error code; nothing of the request is repeated."""
    fields, headers = bank.token_request(*provider.code(signed_in, bank))
    with provider.no_token_issued():
        answer = bank.post("/token", fields | changes, headers=headers)
    assert (answer.status, answer.json()["error"]) == (400, error)
    assert "bogus" not in answer.text
    assert "no-store" in answer.header("cache-control")


def test_5_2_unauthorized_client(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """§5.2: a client that is not registered for the grant is refused."""
    client = provider.add_client("no-code", grant_types=("client_credentials",))
    attempt, code = provider.code(signed_in, bank)
    with provider.no_token_issued():
        assert client.redeem(attempt, code).json()["error"] == "unauthorized_client"


def test_5_2_invalid_client_names_the_scheme(bank: RelyingParty) -> None:
    """§5.2: 401 MUST include the WWW-Authenticate of the scheme that was used."""
    fields = {"grant_type": "authorization_code", "code": "c"}
    answer = bank.post("/token", fields, headers={"Authorization": basic("bank", "wrong")})
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")
    assert answer.header("www-authenticate").startswith("Basic realm=")
