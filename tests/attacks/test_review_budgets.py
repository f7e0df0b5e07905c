"""Review: attempt budgets that were spent more than once."""

from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
GUESSES = 10
"""What the shipped policies allow before a lock."""


def test_new_browsers_with_the_right_password_are_no_new_guesses(provider: Provider, bob: Person) -> None:
    """OTP-07: where a password suffices to sign in, each browser so known still guesses codes from one budget."""
    let_through = 0
    for _ in range(3):
        thief = provider.browser()
        provider.sign_in(thief, provider.bank, bob)
        page = thief.open(provider.bank.attempt(acr_values=MFA).url)
        for _ in range(GUESSES + 1):
            if not page.has("code"):
                break
            provider.have_patience()
            page = bob.give_code(thief, page, bob.wrong_code(provider.clock.now()))
            let_through += page.status == 422
    assert let_through <= GUESSES


def test_a_browser_where_a_code_succeeded_has_guesses_of_its_own(provider: Provider, bob: Person) -> None:
    """OTP-26: whoever locks the second factor from elsewhere does not bar the browser where it once succeeded."""
    known, thief = provider.browser(), provider.browser()
    provider.sign_in(known, provider.bank, bob, acr_values=MFA)
    provider.advance(30)
    provider.sign_in(thief, provider.bank, bob)
    page = thief.open(provider.bank.attempt(acr_values=MFA).url)
    for _ in range(GUESSES):
        provider.have_patience()
        page = bob.give_code(thief, page, bob.wrong_code(provider.clock.now()))
    assert page.status == 429
    assert "mfa" in provider.sign_in(known, provider.bank, bob, acr_values=MFA, prompt="login").amr


def test_being_shown_a_list_gives_no_failure_back(provider: Provider, bob: Person) -> None:
    """OTP-07, OTP-11: saying that one has kept new backup codes proves nothing, so it forgives no wrong code."""
    own, thief = provider.browser(), provider.browser()
    provider.sign_in(own, provider.bank, bob, acr_values=MFA)
    shown = own.follow(own.submit(own.open("/account/factors"), button="add-backup_code"))
    assert shown.has("enrol-submit"), "proved just now: nothing is asked again"
    page = thief.open(provider.bank.attempt(acr_values=MFA).url)
    bob.give_code(thief, thief.follow(bob.identify(thief, page)), bob.wrong_code(provider.clock.now()))
    assert provider.failures("second", bob) == 1
    assert own.submit(shown, button="enrol-submit").status == 303
    assert provider.failures("second", bob) == 1
