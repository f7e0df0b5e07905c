"""Signing in with a name and a password, and single sign-on after it."""

from urllib.parse import urlsplit

import pytest

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

ONE, MFA = "urn:idp:acr:1fa", "urn:idp:acr:mfa"


def test_sign_in_takes_three_requests_with_a_password(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """From /authorize to the code: one redirect, one page, one form."""
    attempt = bank.attempt()
    page = alice.identify(browser, browser.open(attempt.url))
    tokens = bank.tokens(attempt, page)
    assert [(entry.method, entry.status) for entry in browser.record] == [("GET", 303), ("GET", 200), ("POST", 303)]
    assert (tokens.acr, tokens.amr) == (ONE, {"pwd"})
    assert tokens.auth_time == int(provider.clock.now().timestamp())


def test_sign_in_has_one_url(browser: Browser, bank: RelyingParty) -> None:
    """The page of an interaction is /login/<id>; nothing else is in its address."""
    page = browser.open(bank.attempt().url)
    assert urlsplit(page.url).path.startswith("/login/")
    assert urlsplit(page.url).query == ""


def test_sign_in_takes_five_requests_with_a_second_factor(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """A second factor adds one page and one form."""
    attempt = bank.attempt(acr_values=MFA)
    asked = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    tokens = bank.tokens(attempt, bob.give_code(browser, asked, bob.code(provider.clock.now())))
    assert [entry.method for entry in browser.record] == ["GET", "GET", "POST", "GET", "POST"]
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "otp", "mfa"})


def test_sign_in_takes_one_request_when_the_session_suffices(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty, shop: RelyingParty
) -> None:
    """Single sign-on is one redirect, and `auth_time` is when the person acted, not now (ACR-19)."""
    first = provider.sign_in(browser, bank, alice)
    provider.advance(600)
    browser.record.clear()
    attempt = shop.attempt()
    tokens = shop.tokens(attempt, browser.get(attempt.url))
    assert len(browser.record) == 1
    assert tokens.auth_time == first.auth_time == int(provider.clock.now().timestamp()) - 600
    assert (tokens.acr, tokens.amr) == (ONE, {"pwd"})
    assert tokens.claims["sub"] == first.claims["sub"]
    assert tokens.claims["sid"] == first.claims["sid"]


def test_sign_in_wrong_password_shows_the_same_page(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """A refused password is 422 at the same address; the name stays, the password does not, and nothing is issued."""
    attempt = bank.attempt()
    asked = browser.open(attempt.url)
    with provider.nothing_issued():
        refused = alice.identify(browser, asked, password="not the password")
    assert (refused.status, refused.url) == (422, asked.url)
    form = refused.document.form_with("login-submit")
    assert form.control("username").value == alice.username  # type: ignore[union-attr]
    assert form.control("password").value == ""  # type: ignore[union-attr]
    assert "not the password" not in refused.text
    assert "idp_session" not in " ".join(browser.jar.names())
    assert bank.tokens(attempt, alice.identify(browser, refused)).acr == ONE


def test_sign_in_unknown_name_looks_like_a_wrong_password(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """Nobody learns from the page whether an account exists."""
    page = browser.open(bank.attempt().url)
    known = browser.submit(page, {"username": alice.username, "password": "wrong"}, button="login-submit")
    unknown = browser.submit(page, {"username": "nobody", "password": "wrong"}, button="login-submit")
    assert known.status == unknown.status == 422
    assert known.document.text.replace(alice.username, "nobody") == unknown.document.text


@pytest.mark.parametrize("spelling", ["ALICE", " alice ", "\uff41lice"], ids=["case", "space", "full width"])
def test_sign_in_name_is_found_in_any_spelling(
    browser: Browser, alice: Person, bank: RelyingParty, spelling: str
) -> None:
    """Names are unique by their compatibility form without case; every spelling is the same person and budget."""
    attempt = bank.attempt()
    typed = {"username": spelling, "password": alice.password}
    tokens = bank.tokens(attempt, browser.submit(browser.open(attempt.url), typed, button="login-submit"))
    assert tokens.acr == ONE


def test_sign_in_second_click_gets_the_same_answer(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """A form sent twice finishes once: the second click is given the first one's answer."""
    attempt = bank.attempt()
    page = browser.open(attempt.url)
    first = alice.identify(browser, page)
    second = browser.follow(alice.identify(browser, page))
    assert second.location == first.location
    bank.tokens(attempt, second)


def test_sign_in_second_click_at_the_code_gets_the_same_answer(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """A repeat of the code that has just passed in this interaction counts nothing and ends the same way."""
    attempt = bank.attempt(acr_values=MFA)
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    first = bob.give_code(browser, page, bob.code(provider.clock.now()))
    second = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert second.location == first.location
    assert provider.failures("second", bob) == 0


def test_sign_in_reload_after_the_end_gets_the_same_answer(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """Going back and loading the page again sends the person on, with the same code."""
    page = browser.open(bank.attempt().url)
    first = alice.identify(browser, page)
    assert browser.get(page.url).location == first.location


def test_sign_in_answer_is_kept_for_a_minute(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """After 60 s the answer is gone, and so is the code."""
    page = browser.open(bank.attempt().url)
    first = alice.identify(browser, page)
    provider.advance(61)
    late = browser.get(page.url)
    assert late.location != first.location
    assert late.status < 500


def test_sign_in_reload_of_the_page_changes_nothing(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """Loading a page of the interaction again shows it again."""
    attempt = bank.attempt()
    page = browser.open(attempt.url)
    again = browser.get(page.url)
    assert again.status == 200
    assert bank.tokens(attempt, alice.identify(browser, again)).acr == ONE


def test_sign_in_works_in_two_tabs(browser: Browser, alice: Person, bank: RelyingParty, shop: RelyingParty) -> None:
    """Two interactions in one browser end each with its own answer."""
    at_bank, at_shop = bank.attempt(), shop.attempt()
    bank_page, shop_page = browser.open(at_bank.url), browser.open(at_shop.url)
    shop_tokens = shop.tokens(at_shop, alice.identify(browser, shop_page))
    bank_tokens = bank.tokens(at_bank, alice.identify(browser, bank_page))
    assert shop_tokens.claims["sub"] == bank_tokens.claims["sub"]


def test_sign_in_is_known_in_the_other_tab(
    browser: Browser, alice: Person, bank: RelyingParty, shop: RelyingParty
) -> None:
    """A tab that was opened before the sign-in is never a dead end: it goes on or asks once more."""
    at_bank, at_shop = bank.attempt(), shop.attempt()
    bank_page, shop_page = browser.open(at_bank.url), browser.open(at_shop.url)
    shop.tokens(at_shop, alice.identify(browser, shop_page))
    page = browser.get(bank_page.url)
    page = page if page.location else alice.identify(browser, page)
    assert bank.tokens(at_bank, page).amr == {"pwd"}


def test_sign_in_may_begin_with_a_post(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """POST /authorize is answered 303 to its own GET: a cross-site POST brings no Lax cookie, the GET after it does."""
    attempt = bank.attempt()
    posted = browser.post("/authorize", attempt.parameters, site="https://rp1.test")
    assert posted.status == 303
    assert urlsplit(posted.location).path == "/authorize"
    assert bank.tokens(attempt, alice.identify(browser, browser.follow(posted))).acr == ONE


def test_sign_in_session_is_found_after_a_cross_site_post(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """Single sign-on works for relying parties that post their request."""
    provider.sign_in(browser, bank, alice)
    attempt = bank.attempt()
    page = browser.get(browser.post("/authorize", attempt.parameters, site="https://rp1.test").location)
    assert bank.tokens(attempt, page).acr == ONE


@pytest.mark.parametrize("state", ["plain", "a b\"<script>alert(1)</script>'&amp;=+%20", "\u65e5\u672c \U0001f600"])
def test_sign_in_answers_by_form_post(browser: Browser, alice: Person, bank: RelyingParty, state: str) -> None:
    """form_post is a page with one form, escaped, that works without scripts (OAuth 2.0 Form Post Response Mode)."""
    attempt = bank.attempt(response_mode="form_post", state=state)
    page = browser.follow(alice.identify(browser, browser.open(attempt.url)))
    assert page.status == 200
    assert page.document.forms[0].buttons, "without scripts a person needs a button"
    assert "form-action" not in page.header("content-security-policy")
    assert bank.tokens(attempt, page).acr == ONE


def test_sign_in_errors_are_posted_too(browser: Browser, bank: RelyingParty) -> None:
    """With form_post an error comes the same way."""
    attempt = bank.attempt(response_mode="form_post", prompt="none")
    page = browser.get(attempt.url)
    assert page.status == 200
    assert bank.error(attempt, page) == "login_required"


def test_sign_in_hint_fills_the_name(browser: Browser, bank: RelyingParty) -> None:
    """`login_hint` is a convenience: it fills in the name and nothing more."""
    page = browser.open(bank.attempt(login_hint="alice@example.com").url)
    assert page.document.form_with("login-submit").control("username").value == "alice@example.com"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "parameters",
    [
        {"display": "popup"},
        {"display": "page"},
        {"ui_locales": "xx fr-CA ja"},
        {"claims_locales": "se"},
        {"extra": "foobar"},
        {"prompt": "create"},
        {"prompt": "select_account"},
        {"acr_values": "1 2"},
        {"login_hint": "nobody@example.test"},
    ],
    ids=lambda value: "-".join(f"{name}={text}" for name, text in value.items()),
)
def test_sign_in_is_not_disturbed_by_what_it_may_ignore(
    browser: Browser, alice: Person, bank: RelyingParty, parameters: dict[str, str]
) -> None:
    """Hints and unknown parameters break nothing (OIDC Core 1.0 §3.1.2.1, conformance module of each)."""
    attempt = bank.attempt(**parameters)
    typed = {"username": alice.username, "password": alice.password}
    assert bank.tokens(attempt, browser.submit(browser.open(attempt.url), typed, button="login-submit")).acr == ONE


def test_sign_in_without_nonce_has_none_in_the_token(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """A nonce is optional in the code flow (OIDC Core 1.0 §3.1.2.1)."""
    attempt = bank.attempt(without=("nonce",))
    assert "nonce" not in bank.tokens(attempt, alice.identify(browser, browser.open(attempt.url))).claims


def test_sign_in_without_state_gets_none_back(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """What was not sent is not echoed."""
    attempt = bank.attempt(without=("state",))
    page = alice.identify(browser, browser.open(attempt.url))
    assert "state" not in page.answer
    bank.tokens(attempt, page)


def test_sign_in_signs_as_the_client_asks(browser: Browser, alice: Person, provider: Provider) -> None:
    """A client registered for ES256 gets ID tokens in ES256."""
    shop = provider.add_client("es256", id_token_signed_response_alg="ES256")
    attempt = shop.attempt()
    assert shop.tokens(attempt, alice.identify(browser, browser.open(attempt.url))).header["alg"] == "ES256"


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post", "none"])
def test_sign_in_redeems_by_each_client_authentication(
    browser: Browser, alice: Person, provider: Provider, method: str
) -> None:
    """Basic, post and none redeem a code (OIDC Core 1.0 §9)."""
    client = provider.add_client(f"by-{method.replace('_', '-')}", token_endpoint_auth_method=method)
    attempt = client.attempt()
    assert client.tokens(attempt, alice.identify(browser, browser.open(attempt.url))).acr == ONE


def test_sign_in_userinfo_speaks_of_the_same_person(browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """Claims of a scope come from UserInfo and not in the ID token (conformance: scope-email, scope-profile)."""
    attempt = bank.attempt(scope="openid profile email")
    tokens = bank.tokens(attempt, alice.identify(browser, browser.open(attempt.url)))
    answer = bank.userinfo(tokens.access_token)
    assert answer.status == 200
    claims = answer.json()
    assert claims["sub"] == tokens.claims["sub"]
    assert claims["preferred_username"] == alice.username
    assert "@" in claims["email"]
    assert not {"email", "name", "preferred_username"} & set(tokens.claims)
