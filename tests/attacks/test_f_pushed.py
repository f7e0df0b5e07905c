"""Table F: what is tried with a reference to a pushed request, and with the endpoint that gives them out."""

from urllib.parse import urlencode

import pytest

from idp.records.clients import store as clients
from idp.storage import versions
from tests.support.afterwards import amend
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.relying_party import RelyingParty

PREFIX = "urn:ietf:params:oauth:request_uri:"
MOST = 5


def refused_by_page(provider: Provider, browser: Browser, url: str) -> None:
    """Check that the answer is a page that leads nowhere, and that nothing was issued or begun."""
    with provider.nothing_issued(), provider.unchanged("interactions", "decisions", "audit_events"):
        page = browser.get(url)
    assert (page.status, page.location) == (400, ""), page
    assert {form.action for form in page.document.forms} <= {"/preferences"}


@pytest.mark.parametrize(
    "uri",
    [
        PREFIX,
        PREFIX + "x" * 43,
        PREFIX + "x" * 20_000,
        PREFIX + "%",
        PREFIX + "\u202e",
        PREFIX + "' OR 1=1 --",
        PREFIX.upper() + "x" * 43,
        PREFIX[:-1],
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "http://169.254.169.254/latest/meta-data",
        "https://rp1.test/request.jwt#x",
        "file:///etc/passwd",
        "//e.test",
        " ",
    ],
    ids=lambda uri: repr(uri[:60]),
)
def test_oau_42_reference_that_was_never_given_out(provider: Provider, signed_in: Browser, uri: str) -> None:
    """OAU-42: guessed, malformed, of another scheme or an address to fetch: a page, and nothing is fetched."""
    refused_by_page(provider, signed_in, provider.bank.authorize_url(uri))


@pytest.mark.parametrize("raw", ["%00", "%ff", "%zz", "%ed%a0%80"])
def test_oau_42_reference_that_is_no_text(provider: Provider, signed_in: Browser, raw: str) -> None:
    """OAU-42: NUL, bytes that are no UTF-8, broken escapes and surrogates."""
    query = f"client_id=bank&request_uri={urlencode({'': PREFIX})[1:]}{raw}"
    refused_by_page(provider, signed_in, f"/authorize?{query}")


@pytest.mark.parametrize("name", ["client_id", "request_uri"])
def test_oau_07_reference_or_client_named_twice(provider: Provider, signed_in: Browser, name: str) -> None:
    """OAU-07: two of either are none, and spend nothing."""
    attempt = provider.bank.pushed()
    value = "shop" if name == "client_id" else PREFIX + "x" * 43
    refused_by_page(provider, signed_in, attempt.url + "&" + urlencode({name: value}))
    assert provider.bank.code(attempt, signed_in.get(attempt.url))


@pytest.mark.parametrize("client_id", ["shop", "third", "nobody", "", "BANK", "bank "])
def test_reference_of_another_client(provider: Provider, signed_in: Browser, client_id: str) -> None:
    """RFC 9126 §7.2: a stolen reference is of no use under another client's name, and stays good for its own."""
    attempt = provider.bank.pushed()
    stolen = attempt.url.replace("client_id=bank", urlencode({"client_id": client_id}))
    refused_by_page(provider, signed_in, stolen)
    assert provider.bank.code(attempt, signed_in.get(attempt.url))


def test_reference_names_no_client_by_itself(provider: Provider, signed_in: Browser) -> None:
    """RFC 9101 §5: the client is named beside the reference."""
    attempt = provider.bank.pushed()
    refused_by_page(provider, signed_in, attempt.url.replace("client_id=bank&", ""))


def test_address_beside_a_reference_that_is_not_good_is_not_believed(provider: Provider, signed_in: Browser) -> None:
    """RFC 9126 §4: not even to be told the error: what stands beside a reference does not count."""
    url = provider.bank.authorize_url(PREFIX + "x" * 43, redirect_uri=provider.bank.redirect_uri, state="s")
    refused_by_page(provider, signed_in, url)


def test_prompt_none_is_used_up_like_any_other(provider: Provider, browser: Browser, alice: Person) -> None:
    """RFC 9126 §7.3: who was answered `login_required` cannot try the reference again once somebody has signed in."""
    attempt = provider.bank.pushed(prompt="none")
    assert provider.bank.error(attempt, browser.get(attempt.url)) == "login_required"
    provider.sign_in(browser, provider.bank, alice)
    refused_by_page(provider, browser, attempt.url)


def test_refusal_at_use_is_told_once(provider: Provider, signed_in: Browser) -> None:
    """What was pushed is checked again: who may no longer ask for a code is told so, where it may be answered."""
    attempt = provider.bank.pushed()
    amend(provider, "bank", response_types=())
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) == "unauthorized_client"
    refused_by_page(provider, signed_in, attempt.url)


def test_client_that_was_stopped_since(provider: Provider, signed_in: Browser) -> None:
    """OAU-31: what it has pushed before begins nothing."""
    attempt = provider.bank.pushed()
    provider.disable_client("bank")
    refused_by_page(provider, signed_in, attempt.url)
    answer = provider.bank.push(provider.bank.attempt())
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


def test_address_that_was_taken_from_the_client_since(provider: Provider, signed_in: Browser) -> None:
    """OAU-02: an answer goes where the client may be answered now."""
    attempt = provider.bank.pushed()
    amend(provider, "bank", redirect_uris=("https://rp1.test/other",))
    refused_by_page(provider, signed_in, attempt.url)


def test_client_of_the_same_name_inherits_no_request(provider: Provider, signed_in: Browser) -> None:
    """ENR-25: an application that is registered under the id of one that was removed."""
    attempt = provider.bank.pushed()
    provider.advance(5)
    with provider.database.transaction() as tx:
        before = clients.get(tx, "bank")
        assert before is not None
        clients.remove(tx, "bank")
        versions.bump(tx, "clients")
    del provider.parties["bank"]
    provider.add_client("bank", created_at=provider.clock.now())
    refused_by_page(provider, signed_in, attempt.url)


def test_plain_request_of_a_client_that_must_push(provider: Provider, signed_in: Browser) -> None:
    """RFC 9126 §7.1: no query, no form and no foreign reference leads around it."""
    amend(provider, "bank", require_pushed_authorization_requests=True)
    for changes in ({}, {"request_uri": "https://rp1.test/request.jwt"}, {"prompt": "none"}):
        attempt = provider.bank.attempt(**changes)
        with provider.nothing_issued():
            assert provider.bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"
    posted = provider.bank.attempt()
    with provider.nothing_issued():
        moved = signed_in.post("/authorize", list(posted.parameters.items()))
        assert provider.bank.error(posted, signed_in.get(moved.location)) == "invalid_request"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "request_uri", "client_secret", "unheard_of"])
def test_oau_07_parameter_pushed_twice(provider: Provider, name: str) -> None:
    """OAU-07: as at /token, whatever is given twice makes the body no request."""
    fields, headers = provider.bank.push_request(provider.bank.attempt())
    pairs = [*fields.items(), (name, fields.get(name, "x")), (name, fields.get(name, "x"))]
    with provider.unchanged("pushed_requests"):
        answer = provider.browser().post("/par", pairs, site=None, headers=headers)
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("value", ["\x00", "\u202e", "x\r\ny", "x" * 5000])
def test_oau_48_state_that_could_not_be_echoed(provider: Provider, value: str) -> None:
    """OAU-48: refused when it is pushed, by the same bounds as everywhere."""
    with provider.unchanged("pushed_requests"):
        answer = provider.bank.push(provider.bank.attempt(state=value))
    assert (answer.status, answer.json()["error"]) == (400, "invalid_request")


def test_oau_32_another_clients_name_in_the_body(provider: Provider) -> None:
    """OAU-32: who proves to be one client pushes nothing for another."""
    with provider.unchanged("pushed_requests"):
        answer = provider.bank.push(provider.bank.attempt(), client_id="shop")
    assert (answer.status, answer.json()["error"]) == (401, "invalid_client")


def test_flt_40_public_clients_push_so_many_a_minute(make_provider: MakeProvider) -> None:
    """FLT-40: their name is no secret, so an address fills no table by it; whoever has a secret is not held up."""
    provider = make_provider(IDP_PACE=str(MOST), IDP_REDIS_URL="")
    public = provider.add_client("public", token_endpoint_auth_method="none")
    assert {public.push(public.attempt()).status for _ in range(MOST)} == {201}
    with provider.unchanged("pushed_requests"):
        refused = public.push(public.attempt())
    assert (refused.status, refused.json()["error"]) == (429, "temporarily_unavailable")
    assert 0 < int(refused.header("retry-after")) <= 60
    assert {provider.bank.push(provider.bank.attempt()).status for _ in range(2 * MOST)} == {201}
    provider.advance(60)
    assert public.push(public.attempt()).status == 201


@pytest.mark.parametrize("table", ["interactions", "authorization_codes"])
def test_what_could_not_begin_uses_nothing_up(provider: Provider, alice: Person, table: str) -> None:
    """ASVS 2.3.3: where the database fails, nothing is begun and the reference is as good as before."""
    browser = provider.browser()
    if table == "authorization_codes":
        provider.sign_in(browser, provider.bank, alice)
    attempt = provider.bank.pushed()
    with provider.broken(table, "INSERT"), provider.nothing_issued(), provider.unchanged("interactions"):
        assert browser.get(attempt.url).status == 500
    page = browser.open(attempt.url)
    assert provider.bank.tokens(attempt, page if page.location else alice.identify(browser, page)).access_token


def test_flt_40_whoever_is_told_to_wait_may_come_back(make_provider: MakeProvider, alice: Person) -> None:
    """FLT-40: a flood from next door uses up no reference but its own."""
    provider = make_provider(IDP_PACE=str(MOST), IDP_REDIS_URL="")
    provider.advance(30)
    for _ in range(MOST):
        provider.browser().get(provider.bank.attempt().url)
    attempt, browser = provider.bank.pushed(), provider.browser()
    assert browser.get(attempt.url).status == 429
    provider.advance(30)
    assert provider.bank.tokens(attempt, alice.identify(browser, browser.open(attempt.url))).access_token


def test_used_requests_are_not_kept(provider: Provider, signed_in: Browser, bank: RelyingParty) -> None:
    """Nothing is left of what was used; what was not goes an hour after its end."""
    used, left = bank.pushed(), bank.pushed()
    assert provider.count("pushed_requests") == 2
    assert bank.code(used, signed_in.get(used.url))
    assert provider.count("pushed_requests") == 1
    provider.advance(60 + 3600 + 1)
    provider.do("purge")
    assert provider.count("pushed_requests") == 0
    assert signed_in.get(left.url).status == 400
