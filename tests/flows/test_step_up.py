"""Step-up: the same flow, started from the evidence that the session has."""

import pytest

from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

ONE, MFA, PHRH = "urn:idp:acr:1fa", "urn:idp:acr:mfa", "phrh"
ESSENTIAL_PHRH = '{"id_token":{"acr":{"essential":true,"values":["phrh"]}}}'


def test_step_up_asks_the_code_only(provider: Provider, browser: Browser, bob: Person, bank: RelyingParty) -> None:
    """Who has signed in with a password and is asked for `mfa` gives the code and nothing else."""
    first = provider.sign_in(browser, bank, bob)
    assert (first.acr, first.amr) == (ONE, {"pwd"})
    provider.advance(300)
    browser.record.clear()
    attempt = bank.attempt(acr_values=MFA)
    page = browser.open(attempt.url)
    assert page.has("code")
    assert not page.has("password")
    tokens = bank.tokens(attempt, bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert len(browser.record) == 3
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "otp", "mfa"})
    assert tokens.auth_time == first.auth_time + 300, "the time from which the reported level ages (policy.md, Tokens)"
    assert tokens.claims["sid"] == first.claims["sid"], "the public name of the session stays"


def test_step_up_lasts(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, shop: RelyingParty
) -> None:
    """A level once reached answers another client's request alone, with the time at which it was reached."""
    raised = provider.sign_in(browser, bank, bob, acr_values=MFA)
    provider.advance(600)
    attempt = shop.attempt(acr_values=MFA)
    tokens = shop.tokens(attempt, browser.get(attempt.url))
    assert (tokens.acr, tokens.amr, tokens.auth_time) == (MFA, {"pwd", "otp", "mfa"}, raised.auth_time)


def test_step_up_is_asked_again_where_the_policy_says_so(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """The demo's bank wants a proof of the last five minutes: the code is asked again, and it alone."""
    provider.sign_in(browser, bank, bob, acr_values=MFA)
    provider.advance(301)
    page = browser.open(bank.attempt(acr_values=MFA).url)
    assert page.has("code")
    assert not page.has("password")


def test_step_up_says_why(provider: Provider, browser: Browser, bob: Person, bank: RelyingParty) -> None:
    """The page asks for the code in words and says whom it is about."""
    provider.sign_in(browser, bank, bob)
    page = browser.open(bank.attempt(acr_values=MFA).url)
    assert len(page.document.text_of("h1")) > 0
    assert "code" in page.document.text.lower()
    assert bob.username in page.document.text.lower()


def test_step_up_wrong_code_changes_nothing(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """A wrong code is 422 on the same page; nothing is issued and the session keeps its level."""
    provider.sign_in(browser, bank, bob)
    provider.advance(30)
    page = browser.open(bank.attempt(acr_values=MFA).url)
    with provider.nothing_issued():
        refused = bob.give_code(browser, page, bob.wrong_code(provider.clock.now()))
    assert (refused.status, refused.url) == (422, page.url)
    assert provider.failures("second", bob) == 1
    attempt = bank.attempt()
    assert bank.tokens(attempt, browser.get(attempt.url)).acr == ONE


@pytest.mark.parametrize(
    "typed", ["{}{}{} {}{}{}", "{}{}{}-{}{}{}", " {}{}{}{}{}{} "], ids=["space", "hyphen", "around"]
)
def test_step_up_code_may_be_typed_as_it_is_shown(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, typed: str
) -> None:
    """ASCII spaces and hyphens in a code are dropped (pages.md, Behave)."""
    provider.sign_in(browser, bank, bob)
    attempt = bank.attempt(acr_values=MFA)
    code = typed.format(*bob.code(provider.clock.now()))
    assert bank.tokens(attempt, bob.give_code(browser, browser.open(attempt.url), code)).acr == MFA


def test_step_up_unmet_essential_level_is_told_after_the_reason(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """A level that nobody can reach: first the page with the reason, then `unmet_authentication_requirements`."""
    provider.sign_in(browser, bank, bob)
    attempt = bank.attempt(claims=ESSENTIAL_PHRH)
    with provider.nothing_issued():
        page = browser.open(attempt.url)
        assert page.status == 200
        assert page.document.text_of("h1")
        answer = browser.follow(browser.submit(page))
    assert bank.error(attempt, answer) == "unmet_authentication_requirements"


def test_step_up_unmet_essential_level_before_sign_in(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """The same without a session: whatever is asked first, it ends unmet and without a code."""
    attempt = bank.attempt(claims=ESSENTIAL_PHRH)
    page = bob.answer(browser, browser.open(attempt.url), provider.clock.now())
    answer = page if page.location else browser.follow(browser.submit(page))
    assert bank.error(attempt, answer) == "unmet_authentication_requirements"
    assert provider.count("authorization_codes") == 0


def test_step_up_essential_level_that_can_be_met(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """An essential `acr` is asked for as `acr_values` are, and echoed."""
    attempt = bank.attempt(claims='{"id_token":{"acr":{"essential":true,"values":["phrh","%s"]}}}' % MFA)  # noqa: UP031
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    assert bank.tokens(attempt, bob.give_code(browser, page, bob.code(provider.clock.now()))).acr == MFA


def test_step_up_essential_level_of_unknown_values_fails_before_any_page(browser: Browser, bank: RelyingParty) -> None:
    """Nobody is asked for a password when the answer is already no (policy.md §3.3)."""
    attempt = bank.attempt(claims='{"id_token":{"acr":{"essential":true,"values":["no-such-level"]}}}')
    page = browser.open(attempt.url)
    assert not page.has("password")
    answer = page if page.location else browser.follow(browser.submit(page))
    assert bank.error(attempt, answer) == "unmet_authentication_requirements"


@pytest.mark.parametrize(
    ("acr_values", "reached"),
    [
        (f"{PHRH} {MFA}", MFA),
        (f"{MFA} {ONE}", MFA),
        (f"{ONE} {MFA}", ONE),
        (f"{PHRH} {ONE}", ONE),
        (f"bogus {MFA}", MFA),
        ("bogus", ONE),
        ("mfa", "mfa"),
        (f"{PHRH} mfa {MFA}", "mfa"),
    ],
)
def test_step_up_takes_the_first_level_that_is_held_or_reachable(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, acr_values: str, reached: str
) -> None:
    """`acr_values` are alternatives in order of preference; an alias is echoed as it was asked (policy.md §3.3)."""
    attempt = bank.attempt(acr_values=acr_values)
    page = bob.answer(browser, browser.open(attempt.url), provider.clock.now())
    assert bank.tokens(attempt, page).acr == reached


def test_step_up_takes_all_advertised_values(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """A client that sends all of `acr_values_supported` succeeds: weakest first (conformance, acr-values)."""
    levels = bank.get("/.well-known/openid-configuration").json()["acr_values_supported"]
    attempt = bank.attempt(acr_values=" ".join(levels))
    page = alice.answer(browser, browser.open(attempt.url), provider.clock.now())
    assert bank.tokens(attempt, page).acr in levels


def test_step_up_default_level_is_asked_when_the_request_names_none(
    provider: Provider, browser: Browser, bob: Person
) -> None:
    """`default_acr_values` apply to a request that names no level (OIDC Registration 1.0 §2)."""
    client = provider.add_client("wants-mfa", default_acr_values=(MFA,))
    attempt = client.attempt()
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    assert page.has("code")
    assert client.tokens(attempt, bob.give_code(browser, page, bob.code(provider.clock.now()))).acr == MFA


def test_step_up_default_level_gives_way_to_the_request(provider: Provider, browser: Browser, bob: Person) -> None:
    """Defaults apply only when the request names none."""
    client = provider.add_client("wants-mfa", default_acr_values=(MFA,))
    attempt = client.attempt(acr_values=ONE)
    assert client.tokens(attempt, bob.identify(browser, browser.open(attempt.url))).acr == ONE


def test_step_up_default_level_never_fails(provider: Provider, browser: Browser, alice: Person) -> None:
    """Who cannot reach the default level is let in at the level she has (policy.md §3.3)."""
    client = provider.add_client("wants-mfa", default_acr_values=(MFA,))
    attempt = client.attempt()
    assert client.tokens(attempt, alice.identify(browser, browser.open(attempt.url))).acr == ONE


def test_step_up_voluntary_claim_never_fails(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """A non-essential `acr` claim neither fails nor enrols."""
    attempt = bank.attempt(claims='{"id_token":{"acr":{"values":["%s"]}}}' % MFA)  # noqa: UP031
    assert bank.tokens(attempt, alice.identify(browser, browser.open(attempt.url))).acr == ONE


def test_step_up_out_of_reach_is_refused(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty
) -> None:
    """Who has no second factor and cannot set one up gets no code for `mfa` (RFC 9470 §5)."""
    attempt = bank.attempt(acr_values=MFA)
    with provider.no_code_issued():
        page = alice.answer(browser, browser.open(attempt.url), provider.clock.now())
        answer = page if page.location else browser.follow(browser.submit(page))
    assert bank.error(attempt, answer) == "unmet_authentication_requirements"


def test_step_up_survives_a_reload_of_the_refusal(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty
) -> None:
    """The page with the reason may be loaded again, and its button clicked twice."""
    provider.sign_in(browser, bank, bob)
    attempt = bank.attempt(claims=ESSENTIAL_PHRH)
    page = browser.get(browser.open(attempt.url).url)
    first, second = (browser.follow(browser.submit(page)) for _ in range(2))
    assert first.location == second.location
    assert bank.error(attempt, second) == "unmet_authentication_requirements"
