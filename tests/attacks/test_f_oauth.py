"""Table F: OAuth and OpenID Connect endpoints, up to the authorization response."""

import json
from datetime import UTC, datetime

import pytest

from idp.core.errors import ConfigError
from idp.records.clients import metadata
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, challenge_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
REGISTERED = "https://rp1.test/cb"
NEAR_MISSES = [
    *(
        "https://rp1.test/cb/",
        "https://rp1.test/CB",
        "https://rp1.test/cb?x",
        "https://rp1.test/cb/../e",
        "https://rp1.test/cb;x",
    ),
    *("https://rp1.test/cb%2f..%2fe", "https://rp1.test/cb/..;/e", "https://rp1.test/cb%00", "https://rp1.test./cb"),
    *(
        "https://RP1.test/cb",
        "HTTPS://rp1.test/cb",
        "https://rp1.test:443/cb",
        "https://xn--rp1-8cd.test/cb",
        "//e.test",
        "/cb",
    ),
    *(
        "https://e.test?https://rp1.test/cb",
        "https://rp1.test.e.test/cb",
        "https://rp1atest/cb",
        "https://rp1.test/cb#x",
        "http://rp1.test/cb",
    ),
    *(
        "https://rp1.test/cb ",
        " https://rp1.test/cb",
        "https://rp1.test/c",
        "https://rp1.test/cb\\",
        "https://rp1.test\\@e.test/cb",
    ),
]
USERINFO = [
    *(
        "https://rp1.test@e.test",
        "https://rp1.test%40e.test/cb",
        "https://a@b@rp1.test/cb",
        "http://localhost:80@e.test",
    ),
    *("https://rp1.test%25@e.test/cb", "https://user@rp1.test/cb", "https://rp1.test:pw@e.test/cb"),
]


@pytest.fixture(scope="module")
def provider(shared_provider: Provider) -> Provider:
    """One for the whole file: nothing here changes what others look at."""
    return shared_provider


@pytest.fixture(scope="module")
def signed_in(provider: Provider) -> Browser:
    """A browser in which alice is signed in."""
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, provider.people["alice"])
    return browser


def refused_by_page(provider: Provider, browser: Browser, url: str) -> None:
    """Check that the answer is a page, never a redirect, and that nothing was issued."""
    with provider.nothing_issued():
        page = browser.get(url)
    assert (page.status, page.location) == (400, ""), page
    assert "e.test" not in " ".join(value for name, value in page.reply.headers if name.lower() != "date")
    assert {form.action for form in page.document.forms} <= {"/preferences"}, "no form leads away"


@pytest.mark.parametrize("redirect_uri", NEAR_MISSES)
def test_oau_02_redirect_uri_is_compared_byte_by_byte(
    provider: Provider, signed_in: Browser, redirect_uri: str
) -> None:
    """OAU-02: whatever is not the registered address, byte by byte, gets a page, even with a session at hand."""
    refused_by_page(provider, signed_in, provider.bank.attempt(redirect_uri=redirect_uri).url)


@pytest.mark.parametrize("redirect_uri", USERINFO)
def test_oau_03_userinfo_in_the_redirect_uri_is_refused(
    provider: Provider, signed_in: Browser, redirect_uri: str
) -> None:
    """OAU-03: a name before an @ confuses nobody."""
    refused_by_page(provider, signed_in, provider.bank.attempt(redirect_uri=redirect_uri).url)


def test_oau_02_redirect_uri_is_never_guessed(provider: Provider, signed_in: Browser) -> None:
    """OAU-02: without a redirect URI there is no redirect, though only one is registered (OIDC Core 1.0 §3.1.2.1)."""
    refused_by_page(provider, signed_in, provider.bank.attempt(without=("redirect_uri",)).url)


@pytest.mark.parametrize("redirect_uri", ["http://127.0.0.1:5000/cb", "http://127.0.0.1:1/cb", "http://127.0.0.1/cb"])
def test_oau_05_loopback_port_is_free(provider: Provider, browser: Browser, alice: Person, redirect_uri: str) -> None:
    """OAU-05: a native application listens on whichever port is free (RFC 8252 §7.3)."""
    native = native_client(provider)
    native.redirect_uri = redirect_uri
    attempt = native.attempt()
    native.tokens(attempt, alice.identify(browser, browser.open(attempt.url)))


@pytest.mark.parametrize(
    "redirect_uri",
    [
        *("http://localhost.e.test/cb", "http://127.0.0.1.e.test/cb", "http://127.0.0.1/other", "http://[::1]/cb"),
        *(
            "http://127.0.0.1@e.test/cb",
            "http://127.0.0.1:5000@e.test/cb",
            "http://localhost/cb",
            "http://127.0.0.2/cb",
        ),
        *(
            "https://127.0.0.1/cb",
            "http://127.0.0.1:99999/cb",
            "http://127.0.0.1:/cb",
            "http://2130706433/cb",
            "http://e.test/cb",
        ),
    ],
)
def test_oau_05_loopback_differs_in_the_port_alone(provider: Provider, signed_in: Browser, redirect_uri: str) -> None:
    """OAU-05: only the port may differ."""
    refused_by_page(provider, signed_in, native_client(provider).attempt(redirect_uri=redirect_uri).url)


def native_client(provider: Provider) -> RelyingParty:
    return provider.add_client(
        "native",
        token_endpoint_auth_method="none",
        application_type="native",
        redirect_uris=("http://127.0.0.1/cb",),
    )


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_oau_07_doubled_target_gets_a_page(provider: Provider, signed_in: Browser, name: str, place: str) -> None:
    """OAU-07: a client or address given twice is answered directly."""
    attempt = provider.bank.attempt()
    extra = f"{name}=https%3A%2F%2Fe.test"
    query = attempt.url.partition("?")[2]
    refused_by_page(
        provider, signed_in, "/authorize?" + ("&".join([extra, query] if place == "before" else [query, extra]))
    )


@pytest.mark.parametrize(
    "name", ["scope", "state", "nonce", "acr_values", "prompt", "max_age", "response_type", "code_challenge", "claims"]
)
def test_oau_07_doubled_parameter_is_invalid_request(provider: Provider, signed_in: Browser, name: str) -> None:
    """OAU-07: no parameter may come twice (RFC 6749 §3.1)."""
    attempt = provider.bank.attempt(**{name: provider.bank.attempt().parameters.get(name, "1")})
    with provider.nothing_issued():
        page = signed_in.get(attempt.url + f"&{name}=2")
    if page.location:
        assert page.answer["error"] == "invalid_request"
    else:
        assert page.status == 400


@pytest.mark.parametrize("name", ["code", "redirect_uri", "grant_type", "code_verifier", "client_id", "client_secret"])
def test_oau_07_doubled_token_parameter_is_invalid_request(provider: Provider, signed_in: Browser, name: str) -> None:
    """OAU-07: twice the same field in the body is no request, and does not spend the code."""
    attempt, code = provider.code(signed_in, provider.bank)
    fields, headers = provider.bank.token_request(attempt, code)
    pairs = [*fields.items(), (name, fields.get(name, "x")), (name, fields.get(name, "x"))]
    with provider.no_token_issued():
        answer = provider.browser().post("/token", pairs, site=None, headers=headers)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")
    assert provider.bank.redeem(attempt, code).status == 200


@pytest.mark.parametrize(
    "names", [("code",), ("grant_type",), ("client_id", "client_secret"), ("code_verifier",)], ids="-".join
)
def test_oau_07_token_reads_the_body_alone(
    provider: Provider, browser: Browser, alice: Person, names: tuple[str, ...]
) -> None:
    """OAU-07: what stands in the address of /token does not count."""
    client = provider.add_client("poster", token_endpoint_auth_method="client_secret_post")
    attempt = client.attempt()
    code = client.code(attempt, alice.identify(browser, browser.open(attempt.url)))
    fields, _ = client.token_request(attempt, code)
    query = "&".join(f"{name}={fields.pop(name)}" for name in names)
    with provider.no_token_issued():
        answer = client.post(f"/token?{query}", fields)
    assert answer.status in {400, 401}
    assert client.redeem(attempt, code).status == 200


@pytest.mark.parametrize("auth_method", ["client_secret_basic", "none"])
def test_oau_12_pkce_is_required(provider: Provider, signed_in: Browser, auth_method: str) -> None:
    """OAU-12: without a challenge there is no authorization, for public and confidential clients alike."""
    client = provider.add_client(f"pkce-{auth_method}", token_endpoint_auth_method=auth_method)
    attempt = client.attempt(without=("code_challenge", "code_challenge_method"))
    with provider.nothing_issued():
        assert client.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


@pytest.mark.parametrize("method", ["plain", "s256", "S512", "S256 plain", None])
def test_oau_13_pkce_is_s256_alone(provider: Provider, signed_in: Browser, method: str | None) -> None:
    """OAU-13: `plain`, a missing method and anything else are refused."""
    attempt = provider.bank.attempt(
        without=() if method else ("code_challenge_method",), **({"code_challenge_method": method} if method else {})
    )
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


@pytest.mark.parametrize("method", ["plain", None])
def test_oau_13_pkce_is_s256_where_it_is_optional(provider: Provider, signed_in: Browser, method: str | None) -> None:
    """OAU-13: a client that need not use PKCE cannot use it badly either."""
    client = provider.add_client("no-pkce", require_pkce=False)
    attempt = client.attempt(
        without=() if method else ("code_challenge_method",), **({"code_challenge_method": method} if method else {})
    )
    with provider.nothing_issued():
        assert client.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


@pytest.mark.parametrize("challenge", ["", "short", "x" * 42, "x" * 44, "x" * 200, "=" * 43, "\u00e9" * 43])
def test_oau_13_challenge_is_a_sha256(provider: Provider, signed_in: Browser, challenge: str) -> None:
    """OAU-13: a challenge that no verifier can have is refused at once (RFC 7636 §4.2)."""
    attempt = provider.bank.attempt(code_challenge=challenge)
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


@pytest.mark.parametrize(
    "response_type", ["token", "id_token token", "id_token", "code token", "code id_token", "none", "CODE"]
)
def test_oau_17_response_types_are_a_closed_list(provider: Provider, signed_in: Browser, response_type: str) -> None:
    """OAU-17: no token ever comes through the front."""
    attempt = provider.bank.attempt(response_type=response_type)
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) in {
            "unsupported_response_type",
            "unauthorized_client",
        }


@pytest.mark.parametrize(
    "grant_type",
    [
        *("password", "client_credentials", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer", "x"),
        *("urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"),
    ],
)
def test_oau_17_grant_types_are_a_closed_list(
    provider: Provider, signed_in: Browser, alice: Person, grant_type: str
) -> None:
    """OAU-17: a client uses the grants it is registered for; a code at another grant is not spent."""
    attempt, code = provider.code(signed_in, provider.bank)
    with provider.no_token_issued():
        answer = provider.bank.redeem(
            attempt, code, grant_type=grant_type, username=alice.username, password=alice.password
        )
    assert (answer.status, answer.json()["error"]) in {(400, "unsupported_grant_type"), (400, "unauthorized_client")}
    assert provider.bank.redeem(attempt, code).status == 200


@pytest.mark.parametrize("mode", ["fragment", "query.jwt", "form_post.jwt", "jwt", "web_message", "x", "QUERY"])
def test_oau_18_response_modes_are_a_closed_list(provider: Provider, signed_in: Browser, mode: str) -> None:
    """OAU-18: an unknown way to answer is refused in the usual way."""
    attempt = provider.bank.attempt(response_mode=mode)
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


@pytest.mark.parametrize(
    "state",
    [
        *(
            "x" * 4000,
            "\"'><script>alert(1)</script>",
            "a=b&c=d#e?f",
            "\U0001f600 \u65e5\u672c",
            "a+b%20c%0d%0a",
            "\\",
            "{{7*7}}",
        ),
        *("\r\nSet-Cookie: x=y", "\x00", "x" * 10_000, "\u2028", "\x7f"),
    ],
    ids=lambda state: repr(state[:12]),
)
@pytest.mark.parametrize("mode", ["query", "form_post"])
def test_oau_19_state_is_echoed_exactly_or_refused(
    provider: Provider, signed_in: Browser, state: str, mode: str
) -> None:
    """OAU-19: `state` comes back as it was sent, or the request is refused; no header is ever split."""
    attempt = provider.bank.attempt(state=state, response_mode=mode)
    page = signed_in.get(attempt.url)
    if page.status == 400:
        assert len(state) > 4096 or not state.isprintable()
    else:
        provider.bank.code(attempt, page)


def test_oau_19_nonce_is_the_clients_own(provider: Provider, signed_in: Browser) -> None:
    """OAU-19: the nonce comes back in the ID token; using one twice is the client's business."""
    for _ in range(2):
        attempt = provider.bank.attempt(nonce='a "nonce" \u00e9')
        assert provider.bank.tokens(attempt, signed_in.get(attempt.url)).claims["nonce"] == 'a "nonce" \u00e9'


def test_oau_20_none_tells_no_personal_data(
    provider: Provider, alice: Person, bob: Person, browser: Browser, third_party: RelyingParty
) -> None:
    """OAU-20: without a session, in another's and before consent, prompt=none says standard errors and nobody's name.

    A hint at somebody who exists changes nothing in it.
    """
    others = provider.browser()
    provider.sign_in(others, provider.bank, bob)
    for here, error in ((browser, "login_required"), (others, "consent_required")):
        said = set()
        for hint in (alice.username, "nobody"):
            attempt = third_party.attempt(prompt="none", login_hint=hint, scope="openid email")
            with provider.nothing_issued():
                page = here.get(attempt.url)
            assert third_party.error(attempt, page) == error
            assert not any(person.username in page.location for person in (alice, bob))
            said.add(page.location.replace(attempt.state, ""))
        assert len(said) == 1


@pytest.mark.parametrize("prompt", ["none login", "none ", " none", "foo", "none none", "login  consent", "None"])
def test_oau_21_bad_prompt_is_invalid_request(provider: Provider, signed_in: Browser, prompt: str) -> None:
    """OAU-21: `none` stands alone; unknown values are refused."""
    attempt = provider.bank.attempt(prompt=prompt)
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


@pytest.mark.parametrize("name", ["request", "request_uri", "registration"])
def test_oau_42_request_objects_are_not_supported(provider: Provider, signed_in: Browser, name: str) -> None:
    """OAU-42: off means `…_not_supported`, and nothing outside or inside the object counts."""
    unsigned = "eyJhbGciOiJub25lIn0.eyJyZWRpcmVjdF91cmkiOiJodHRwczovL2UudGVzdCIsImFjciI6Im1mYSJ9."
    attempt = provider.bank.attempt(**{name: unsigned})
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) == f"{name}_not_supported"


def test_oau_45_nobody_registers_clients(provider: Provider) -> None:
    """OAU-45: registration is closed."""
    before = provider.count("clients")
    answer = provider.browser().post(
        "/register", [], headers={"Content-Type": "application/json"}, body=b'{"redirect_uris":[]}'
    )
    assert answer.status in {401, 403, 404, 405}
    assert provider.count("clients") == before


def test_oau_46_redirects_make_a_get(
    provider: Provider, browser: Browser, alice: Person, third_party: RelyingParty
) -> None:
    """OAU-46: a form is never sent on: every redirect after a POST is 303 (RFC 9700 §4.12)."""
    attempt = third_party.attempt(scope="openid email")
    page = browser.follow(alice.identify(browser, browser.open(attempt.url)))
    browser.submit(page, button="consent-allow")
    statuses = {entry.status for entry in browser.record if entry.location}
    assert statuses == {303}


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}",
    "${7*7}",
    "{% raw %}",
    "' or 1=1 --",
    "\u202e",
]


@pytest.mark.parametrize(
    "name", ["login_hint", "ui_locales", "display", "claims_locales", "acr_values", "state", "scope"]
)
@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_oau_48_hostile_hints_are_escaped(provider: Provider, browser: Browser, name: str, value: str) -> None:
    """OAU-48: what a client sends is text in the page, or refused."""
    page = browser.open(provider.bank.attempt(**{name: value}).url)
    assert page.status in {200, 303, 400}
    if page.status == 200:
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
        assert "49" not in page.document.text


@pytest.mark.parametrize(
    "claims",
    [
        json.dumps({"id_token": {"acr": {"essential": True, "values": "phrh"}}}),
        json.dumps({"id_token": {"acr": {"essential": True, "values": [5]}}}),
        json.dumps({"id_token": {"acr": {"essential": "yes", "values": ["phrh"]}}}),
        json.dumps({"id_token": {"acr": {"essential": True, "value": ["phrh"]}}}),
        json.dumps({"id_token": {"acr": "phrh"}}),
        json.dumps({"id_token": []}),
        json.dumps([]),
        "{",
        '{"id_token":{"acr":{"essential":true,"values":["phrh"]}},"id_token":{}}',
        "[" * 3000,
        "9" * 9000,
    ],
    ids=lambda claims: claims[:48],
)
def test_oau_48_claims_of_wrong_types_are_invalid_request(provider: Provider, signed_in: Browser, claims: str) -> None:
    """OAU-48: a malformed `claims` never counts as no demand (policy.md §3.3)."""
    attempt = provider.bank.attempt(claims=claims)
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


def test_oau_48_huge_hints_are_bounded(provider: Provider, signed_in: Browser) -> None:
    """OAU-48: a megabyte is refused quickly and never stored."""
    page = signed_in.get(provider.bank.attempt(login_hint="x" * 1_000_000).url)
    assert 400 <= page.status < 500 or page.answer["error"] == "invalid_request"


def test_oau_14_verifier_must_be_the_attempts_own(provider: Provider, signed_in: Browser) -> None:
    """OAU-14: another attempt's verifier does not open the code; its own still does."""
    attempt, code = provider.code(signed_in, provider.bank)
    other = provider.bank.attempt()
    assert challenge_of(other.verifier) != attempt.parameters["code_challenge"]
    with provider.no_token_issued():
        assert provider.bank.redeem(attempt, code, code_verifier=other.verifier).json()["error"] == "invalid_grant"
    assert provider.bank.redeem(attempt, code).status == 200


BAD_SCHEMES = ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "blob:https://e.test/1", "myapp:/cb"]


@pytest.mark.parametrize("uri", BAD_SCHEMES)
@pytest.mark.parametrize(
    "member",
    [
        "redirect_uris",
        "post_logout_redirect_uris",
        "backchannel_logout_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
        "client_uri",
    ],
)
@pytest.mark.parametrize("kind", ["web", "native"])
def test_oau_06_dangerous_schemes_are_not_registered(member: str, uri: str, kind: str) -> None:
    """OAU-06: no address of a client runs as a script or belongs to nobody; the refusal names the member."""
    document: dict[str, object] = {
        "client_name": "Shop",
        "redirect_uris": ["https://shop.test/cb"],
        "application_type": kind,
        "token_endpoint_auth_method": "none",
    }
    document[member] = [uri] if member.endswith("uris") else uri
    with pytest.raises(ConfigError) as refused:
        metadata.parse(document, client_id="shop", now=NOW)
    assert member in str(refused.value)


def test_oau_23_expired_hint_names_its_person_and_proves_nothing(
    provider: Provider, browser: Browser, alice: Person
) -> None:
    """OAU-23: where nobody is signed in, a genuine hint of the last year's sign-in opens nothing; the rest is JOS-01 to
    JOS-09."""
    hint = provider.sign_in(browser, provider.bank, alice).id_token
    stranger = provider.browser()
    with provider.nothing_issued():
        attempt = provider.bank.attempt(prompt="none", id_token_hint=hint)
        assert provider.bank.error(attempt, stranger.get(attempt.url)) == "login_required"
        page = stranger.open(provider.bank.attempt(id_token_hint=hint).url)
    assert page.has("password")


def test_oau_23_huge_hint_is_refused_early(provider: Provider, browser: Browser) -> None:
    """OAU-23: a megabyte is not looked into."""
    attempt = provider.bank.attempt(prompt="none", id_token_hint="a" * 1_000_000)
    with provider.nothing_issued():
        assert browser.get(attempt.url).status in {400, 414, 431}
