"""Tables A, B, E: a proof, a code or a cookie is good for what it was made for, and for nothing else."""

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import bind, held, send
from tests.support.outbox import newest_code
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"
OWN, NEW = "+12025550103", "+12025550142"
METHODS, SESSIONS = "/account/factors", "/account/sessions"


@pytest.fixture
def texted(provider: Provider, alice: Person) -> Person:
    """alice, with a number of her own."""
    bind(provider, alice, phone=OWN)
    return alice


def challenge(provider: Provider, browser: Browser, person: Person) -> Page:
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    return browser.follow(person.identify(browser, page)) if page.has("login-submit") else page


def adding(provider: Provider, browser: Browser, person: Person) -> Page:
    """Stand where a new number is being proven, its code sent."""
    page = send(browser, challenge(provider, browser, person))
    browser.follow(person.give_code(browser, page, newest_code(provider.database, OWN)))
    page = browser.follow(browser.submit(browser.open(METHODS), button="add-sms"))
    return send(browser, page, phone=NEW)


def test_acr_15_code_that_proves_a_new_number_is_no_second_factor(provider: Provider, texted: Person) -> None:
    """ACR-15: what was sent for setting up is refused at a sign-in of the same person, at either number's challenge."""
    browser, other = provider.browser(), provider.browser()
    page = adding(provider, browser, texted)
    code = newest_code(provider.database, NEW)
    provider.advance(61)
    waiting = send(other, challenge(provider, other, texted))
    with provider.nothing_issued():
        if code != newest_code(provider.database, OWN):
            assert texted.give_code(other, waiting, code).status == 422
    assert len(held(provider, texted, "sms")) == 1
    browser.follow(browser.submit(page, {"code": code}, button="enrol-submit"))
    assert len(held(provider, texted, "sms")) == 2


def test_acr_15_code_of_a_sign_in_proves_no_new_number(provider: Provider, texted: Person) -> None:
    """ACR-15, the reverse: a code sent to the old number for a sign-in binds no new one."""
    browser, other = provider.browser(), provider.browser()
    page = adding(provider, browser, texted)
    provider.advance(61)
    send(other, challenge(provider, other, texted))
    code = newest_code(provider.database, OWN)
    with provider.unchanged("credentials"):
        if code != newest_code(provider.database, NEW):
            assert browser.submit(page, {"code": code}, button="enrol-submit").status == 422


def test_acr_15_form_of_one_purpose_at_the_other(provider: Provider, texted: Person) -> None:
    """ACR-15: the form of a challenge, posted to where something is being set up, sets nothing up, and the reverse."""
    browser, other = provider.browser(), provider.browser()
    page = adding(provider, browser, texted)
    code = newest_code(provider.database, NEW)
    waiting = send(other, challenge(provider, other, texted))
    _, enrolling, entries = browser.fill(page, {"code": code}, button="enrol-submit")
    _, challenging, answers = other.fill(waiting, {"code": code}, button="challenge-submit")
    with provider.nothing_issued(), provider.unchanged("credentials"):
        assert browser.post(enrolling, answers).status in {303, 403, 422}
        assert other.post(challenging, entries).status in {303, 403, 422}


RE_AUTHS = {
    "removing a method": (METHODS, "add-sms"),
    "making backup codes": (METHODS, "add-backup_code"),
    "turning approvals on": ("/account/approvals", "prove-submit"),
    "changing the password": ("/account/password", ""),
    "changing the address": ("/account/email", ""),
    "the console": ("/admin/", ""),
}
"""Pages of ours that ask for the code again."""


def asked_again(browser: Browser, where: str) -> Page:
    """Stand where a page of ours asks for the code."""
    path, button = RE_AUTHS[where]
    page = browser.open(path)
    if button and page.has(button):
        page = browser.follow(browser.submit(page, button=button))
    assert page.has("challenge-submit"), page.document.text[:200]
    return page


@pytest.mark.parametrize("where", RE_AUTHS)
def test_otp_05_code_of_a_sign_in_opens_no_page_of_ours(provider: Provider, where: str) -> None:
    """OTP-05: one record of the last step for all uses: what signed in removes, makes and changes nothing."""
    person, browser = provider.add_person("keeper", has_totp=True, roles=("owner",)), provider.browser()
    code = person.code(provider.clock.now())
    page = challenge(provider, browser, person)
    assert person.give_code(browser, page, code).status == 303
    forgetful = provider.browser()
    provider.sign_in(forgetful, provider.bank, person)
    page = asked_again(forgetful, where)
    with provider.unchanged("credentials", "sessions"):
        refused = person.give_code(forgetful, page, code)
    assert (refused.status, "has been used" in refused.document.text) == (422, True)


def test_otp_11_every_page_that_asks_again_counts_in_one_budget(provider: Provider) -> None:
    """OTP-11: wrong codes at all of them add up to the one lock, which then holds at a sign-in and at each page."""
    person, browser = provider.add_person("keeper", has_totp=True, roles=("owner",)), provider.browser()
    provider.sign_in(browser, provider.bank, person)
    for guesses, where in enumerate([*RE_AUTHS, *RE_AUTHS][:10], start=1):
        provider.have_patience()
        page = asked_again(browser, where)
        assert person.give_code(browser, page, "000000").status in {422, 429}
        assert provider.failures("second", person) == guesses
    with provider.nothing_issued():
        for path in ("/account/password", "/account/email", "/admin/"):
            page = browser.open(path)
            assert "15 minutes" in page.document.text
            assert not page.has("challenge-submit")
        other = provider.browser()
        locked = other.follow(person.identify(other, other.open(provider.bank.attempt(acr_values=MFA).url)))
        assert not locked.has("challenge-submit")


@pytest.mark.parametrize("has_totp", [True, False])
def test_otp_27_account_page_is_no_password_oracle(provider: Provider, has_totp: bool) -> None:
    """OTP-27: a stolen cookie learns nothing by guessing passwords at the account: each answer is the same, and
    nothing changes."""
    person = provider.add_person("victim-" + ("with" if has_totp else "without"), has_totp=has_totp)
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, person)
    bind(provider, person, phone="+12025550177")
    token = dict(browser.open(METHODS).document.forms[0].entries({}, None))["csrf_token"]
    path = f"{METHODS}/sms-{person.id}"
    answers = set()
    with provider.unchanged("credentials"):
        for guess in ("wrong", person.password, ""):
            fields = {"csrf_token": token, "choice": "remove", "current_password": guess, "password": guess}
            answer = browser.post(path, fields)
            answers.add((answer.status, answer.location.rpartition("/")[0]))
            assert {"challenge-submit", "send-code"} & browser.follow(answer).document.ids
    assert answers == {(303, f"{provider.issuer}/login")}


def test_ses_13_ending_elsewhere_takes_a_recent_proof(provider: Provider, browser: Browser, bob: Person) -> None:
    """SES-13: a session ends at once by its own person's hand, who has just proved who they are."""
    other = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    provider.sign_in(other, provider.bank, bob)
    provider.advance(601)
    page = browser.open(SESSIONS)
    for button in (theirs(page), "end-all"):
        asked = browser.follow(browser.submit(browser.open(SESSIONS), button=button))
        assert asked.has("password")
        assert other.get(SESSIONS).status == 200
    browser.follow(bob.give_password(browser, asked))
    page = browser.open(SESSIONS)
    browser.follow(browser.submit(page, button=theirs(page)))
    with provider.nothing_issued():
        assert other.open(SESSIONS).has("login-submit")
        attempt = provider.bank.attempt(prompt="none")
        assert provider.bank.error(attempt, other.get(attempt.url)) == "login_required"


def test_ses_13_leaving_asks_for_nothing(provider: Provider, browser: Browser, bob: Person) -> None:
    """SES-13: whoever ends the session of the browser in front of them is out, however long ago they proved it."""
    provider.sign_in(browser, provider.bank, bob)
    provider.advance(3600)
    page = browser.open(SESSIONS)
    own = next(each.id for each in page.document.form_with("end-all").buttons if each.id != "end-all")
    assert browser.follow(browser.submit(page, button=own)).url.endswith("/account/stopped")
    assert browser.open(SESSIONS).has("login-submit")


def theirs(page: Page) -> str:
    """Return the button of the other browser: our own is listed first."""
    return [each.id for each in page.document.form_with("end-all").buttons if each.id != "end-all"][1]
