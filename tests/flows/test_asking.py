"""prompt, max_age and hints: what a relying party may ask about the act of signing in itself."""

import pytest

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

ONE, MFA = "urn:idp:acr:1fa", "urn:idp:acr:mfa"


def test_none_without_a_session_is_login_required(provider: Provider, browser: Browser, bank: RelyingParty) -> None:
    """prompt=none shows no page, ever (OIDC Core 1.0 §3.1.2.6)."""
    attempt = bank.attempt(prompt="none")
    with provider.nothing_issued():
        assert bank.error(attempt, browser.get(attempt.url)) == "login_required"


def test_none_with_a_session_is_silent(provider: Provider, browser: Browser, alice: Person, bank: RelyingParty) -> None:
    """prompt=none succeeds with the same subject and the same auth_time (conformance, prompt-none-logged-in)."""
    first = provider.sign_in(browser, bank, alice)
    provider.advance(60)
    attempt = bank.attempt(prompt="none")
    tokens = bank.tokens(attempt, browser.get(attempt.url))
    assert (tokens.claims["sub"], tokens.auth_time) == (first.claims["sub"], first.auth_time)


NONE_BELOW = [
    pytest.param({"acr_values": MFA}, "interaction_required", id="acr_values"),
    pytest.param(
        {"claims": f'{{"id_token":{{"acr":{{"essential":true,"value":"{MFA}"}}}}}}'},
        "interaction_required",
        id="essential",
    ),
    pytest.param({"max_age": "60"}, "login_required", id="max_age"),
    pytest.param({"max_age": "0"}, "login_required", id="max_age 0"),
    pytest.param(
        {"claims": '{"id_token":{"acr":{"essential":true,"value":"no-such-level"}}}'},
        "unmet_authentication_requirements",
        id="nobody could",
    ),
]


@pytest.mark.parametrize(("parameters", "error"), NONE_BELOW)
def test_none_below_the_demand_says_what_is_missing(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, parameters: dict[str, str], error: str
) -> None:
    """A session that does not suffice is told so, without a page and without a code (ACR-26)."""
    provider.sign_in(browser, bank, bob)
    provider.advance(120)
    attempt = bank.attempt(prompt="none", **parameters)
    with provider.nothing_issued():
        assert bank.error(attempt, browser.get(attempt.url)) == error


def test_none_tells_nothing_about_a_person(provider: Provider, bank: RelyingParty, alice: Person, bob: Person) -> None:
    """Who can reach a level and who cannot get the same answer (policy.md §3.8)."""
    answers = set()
    for person in (alice, bob):
        browser = provider.browser()
        provider.sign_in(browser, bank, person)
        attempt = bank.attempt(prompt="none", acr_values=MFA)
        answers.add(bank.error(attempt, browser.get(attempt.url)))
    assert answers == {"interaction_required"}


def test_none_without_consent_is_consent_required(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty, third_party: RelyingParty
) -> None:
    """A client that the person has not allowed learns so, and nothing else."""
    provider.sign_in(browser, bank, alice)
    attempt = third_party.attempt(prompt="none", scope="openid email")
    with provider.nothing_issued():
        assert third_party.error(attempt, browser.get(attempt.url)) == "consent_required"


@pytest.mark.parametrize("prompt", ["none login", "none consent", "none ", "foo", "login foo", "LOGIN", "login login"])
def test_prompt_malformed_is_invalid_request(
    provider: Provider, browser: Browser, bank: RelyingParty, prompt: str
) -> None:
    """OAU-21: `none` stands alone, unknown values are refused and never ignored."""
    attempt = bank.attempt(prompt=prompt)
    with provider.nothing_issued():
        assert bank.error(attempt, browser.get(attempt.url)) == "invalid_request"


def test_login_asks_again_and_says_when(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """prompt=login forces a visible sign-in with a later auth_time, once (conformance, prompt-login)."""
    first = provider.sign_in(browser, bank, alice)
    provider.advance(60)
    attempt = bank.attempt(prompt="login")
    page = browser.open(attempt.url)
    assert page.has("password")
    tokens = bank.tokens(attempt, alice.give_password(browser, page))
    assert tokens.auth_time == first.auth_time + 60


def test_login_and_level_take_both_factors(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """With prompt=login only what is proved now counts: password and code, however fresh the old ones are."""
    provider.sign_in(browser, bank, bob, acr_values=MFA)
    provider.advance(60)
    attempt = bank.attempt(prompt="login", acr_values=MFA)
    page = browser.open(attempt.url)
    assert page.has("password")
    page = browser.follow(bob.give_password(browser, page))
    assert page.has("code")
    tokens = bank.tokens(attempt, bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert (tokens.acr, tokens.auth_time) == (MFA, int(provider.clock.now().timestamp()))


def test_login_does_not_spoil_the_session(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """A fresh password adds to what the session holds; it takes nothing away."""
    provider.sign_in(browser, bank, bob, acr_values=MFA)
    provider.advance(60)
    attempt = bank.attempt(prompt="login")
    bank.tokens(attempt, bob.give_password(browser, browser.open(attempt.url)))
    attempt = bank.attempt(acr_values=MFA)
    assert bank.tokens(attempt, browser.get(attempt.url)).acr == MFA


@pytest.mark.parametrize(
    ("max_age", "age", "is_asked"),
    [
        ("0", 0, True),
        ("0", 60, True),
        ("60", 59, False),
        ("60", 61, True),
        ("10000", 60, False),
        ("999999999", 60, False),
    ],
)
def test_max_age_ages_the_password(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty, max_age: str, age: int, is_asked: bool
) -> None:
    """ACR-18: an authentication older than max_age is done again, with a new auth_time; a younger one stands."""
    first = provider.sign_in(browser, bank, alice)
    provider.advance(age)
    attempt = bank.attempt(max_age=max_age)
    page = browser.get(attempt.url)
    asked = browser.follow(page)
    assert (not asked.location) is is_asked
    if is_asked:
        page = alice.give_password(browser, asked)
    assert bank.tokens(attempt, page).auth_time == first.auth_time + (age if is_asked else 0)


@pytest.mark.parametrize("max_age", ["-1", "abc", "1e9", "1.5", "0x10", "\u0661", " 60"])
def test_max_age_malformed_is_invalid_request(
    provider: Provider, browser: Browser, bank: RelyingParty, max_age: str
) -> None:
    """ACR-18: what is not a number of seconds is refused and never ignored."""
    attempt = bank.attempt(max_age=max_age)
    with provider.nothing_issued():
        assert bank.error(attempt, browser.get(attempt.url)) == "invalid_request"


def test_max_age_default_of_the_client_applies(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """`default_max_age` applies when the request names none (OIDC Registration 1.0 §2)."""
    client = provider.add_client("strict", default_max_age=60)
    provider.sign_in(browser, bank, alice)
    provider.advance(61)
    assert browser.open(client.attempt().url).has("password")


def test_max_age_of_a_raised_session_asks_the_young_factor(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """An older password still counts beside a young code: only the code is asked again (policy.md §3.4)."""
    provider.sign_in(browser, bank, bob, acr_values=MFA)
    provider.advance(400)
    attempt = bank.attempt(acr_values=MFA, max_age="300")
    page = browser.open(attempt.url)
    assert page.has("code")
    assert not page.has("password")
    tokens = bank.tokens(attempt, bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert (tokens.acr, tokens.auth_time) == (MFA, int(provider.clock.now().timestamp()))


def test_hint_of_the_same_person_is_silent(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """id_token_hint with prompt=none succeeds for the person it names (conformance, id-token-hint)."""
    first = provider.sign_in(browser, bank, alice)
    attempt = bank.attempt(prompt="none", id_token_hint=first.id_token)
    assert bank.tokens(attempt, browser.get(attempt.url)).claims["sub"] == first.claims["sub"]


def test_hint_of_another_person_is_login_required(
    provider: Provider, browser: Browser, alice: Person, bob: Person, bank: RelyingParty
) -> None:
    """A positive answer about somebody else is never given (OIDC Core 1.0 §3.1.2.1)."""
    of_bob = provider.sign_in(provider.browser(), bank, bob)
    provider.sign_in(browser, bank, alice)
    attempt = bank.attempt(prompt="none", id_token_hint=of_bob.id_token)
    with provider.nothing_issued():
        assert bank.error(attempt, browser.get(attempt.url)) == "login_required"
