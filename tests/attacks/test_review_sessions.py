"""Review: tabs, second clicks and people who share a browser."""

from idp.login.choices import somebody_else
from idp.login.model import Interaction
from idp.policy.model import Demand
from tests.support.builders import NOW
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"


def test_a_second_click_takes_no_newer_session_away(provider: Provider, bob: Person) -> None:
    """The answer given again brings no cookie of a secret that a step-up has replaced since (SES-01)."""
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    bob.identify(browser, page)
    provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    again = browser.get(page.url)
    assert again.location.startswith(provider.bank.redirect_uri)
    attempt = provider.bank.attempt(prompt="none")
    assert provider.bank.code(attempt, browser.get(attempt.url))


def test_a_second_click_signs_nobody_out(provider: Provider, alice: Person, bob: Person) -> None:
    """Whoever signed in here after somebody else stays signed in when the other one's page is loaded again."""
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    alice.identify(browser, page)
    attempt = provider.bank.attempt(prompt="login")
    bob.identify(browser, browser.follow(browser.submit(browser.open(attempt.url), {}, button="not-you")))
    browser.get(page.url)
    attempt = provider.bank.attempt(prompt="none")
    code = provider.bank.code(attempt, browser.get(attempt.url))
    assert provider.bank.redeem(attempt, code).status == 200


def test_an_application_disabled_meanwhile_is_sent_nothing(provider: Provider, bob: Person) -> None:
    """Nobody is sent to the return address of a client that was disabled while they were signing in."""
    browser = provider.browser()
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    page = browser.follow(bob.identify(browser, page))
    provider.disable_client("bank")
    with provider.nothing_issued():
        page = bob.give_code(browser, page, bob.code(provider.clock.now()))
    assert (page.status, page.location) == (400, "")


def test_what_one_person_allowed_is_not_the_next_ones() -> None:
    """A consent belongs to whoever gave it, like a proof (ACR-09)."""
    before = Interaction(
        id="i",
        purpose="authorize",
        demand=Demand(client_id="bank"),
        resume="{}",
        browser_hash="",
        created_at=NOW,
        expires_at=NOW,
        user_id="one",
        consented=("email",),
        prompted_consent=True,
    )
    after = somebody_else(before)
    assert (after.user_id, after.consented, after.prompted_consent) == (None, (), False)
