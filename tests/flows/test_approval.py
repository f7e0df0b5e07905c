"""Approval on another signed-in device, through the front door: matched, denied, late, replayed, and by whom (F9)."""

from pathlib import Path

import pytest

from tests.support.browser import Browser, Page
from tests.support.enrolment import held
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import Attempt

APPROVALS = "/account/approvals"
MFA = "urn:idp:acr:mfa"
DEMO = Path("policies", "demo.yaml").read_text()


def turned_on(provider: Provider, person: Person, *, label: str = "Phone") -> Browser:
    """Return a browser in which this person holds mfa by a code, turned on to approve."""
    provider.advance(30)
    phone = provider.browser()
    provider.sign_in(phone, provider.bank, person, acr_values=MFA)
    page = phone.open(APPROVALS)
    page = phone.follow(phone.submit(page, {"label": label}, button="turn-on-submit"))
    assert page.has("nothing-waits")
    return phone


@pytest.fixture
def phone(provider: Provider, bob: Person) -> Browser:
    return turned_on(provider, bob)


def asked(provider: Provider, bob: Person, *, is_sent: bool = True) -> tuple[Browser, Attempt, Page]:
    """Sign in elsewhere with the password, and ask for approval."""
    browser, attempt = provider.browser(), provider.bank.attempt(acr_values=MFA)
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    page = browser.follow(browser.submit(page, button="choose-approval"))
    return browser, attempt, browser.follow(browser.submit(page, button="send-code")) if is_sent else page


def number_on(page: Page) -> str:
    return page.document.text_of("strong")


def request_on(page: Page) -> str:
    return next(each.removeprefix("approve-") for each in page.document.ids if each.startswith("approve-"))


def approve(phone: Browser, number: str) -> Page:
    page = phone.get(APPROVALS)
    request = request_on(page)
    return phone.follow(phone.submit(page, {f"number-{request}": number}, button=f"approve-{request}"))


def token_of(browser: Browser) -> str:
    return dict(browser.get("/account/sessions").document.form_with("end-all").entries({}, None))["csrf_token"]


def go_on(browser: Browser, page: Page) -> Page:
    return browser.submit(browser.get(page.url), button="challenge-submit")


def test_approval_signs_in_by_the_number_that_is_shown(provider: Provider, bob: Person, phone: Browser) -> None:
    """The number matches; the code is issued at mfa; `amr` says user and mca; the channel is that device."""
    browser, attempt, page = asked(provider, bob)
    shown = phone.get(APPROVALS)
    assert "Bank" in shown.document.text
    assert number_on(page) not in shown.document.text_of("main").split()
    with provider.nothing_issued():
        early = go_on(browser, page)
        assert (early.status, "hasn’t been approved" in early.document.text) == (422, True)
    assert provider.failures("second", bob) == 0
    assert approve(phone, number_on(page)).has("done")
    assert browser.get(page.url).has("challenge-submit")
    tokens = provider.bank.tokens(attempt, go_on(browser, page))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "user", "mfa", "mca"})
    evidence = next(each for each in provider.stored("sessions", "evidence") if '"approval"' in each)
    assert held(provider, bob, "approval")[0] in evidence
    assert '"device:' in evidence


def test_approval_waits_without_scripts(provider: Provider, bob: Person, phone: Browser) -> None:
    """Both pages look again by themselves; a page that is being typed into does not."""
    assert 'http-equiv="refresh"' in phone.get(APPROVALS).text
    _, _, page = asked(provider, bob)
    assert 'http-equiv="refresh"' in page.text
    assert 'http-equiv="refresh"' not in phone.get(APPROVALS).text


@pytest.mark.parametrize("number", ["00", "9", "999", "", "xx"])
def test_approval_by_another_number_ends_the_request(
    provider: Provider, bob: Person, phone: Browser, number: str
) -> None:
    """Whoever does not see the number approves nothing; there is no second try (number matching)."""
    browser, _, page = asked(provider, bob)
    wrong = "11" if number == number_on(page) else number
    refused = approve(phone, wrong)
    assert refused.status == 422
    if number:
        assert "approve-" not in " ".join(phone.get(APPROVALS).document.ids)
    with provider.nothing_issued():
        assert go_on(browser, page).status == 422 if not number else go_on_or_none(browser, page) is None


def go_on_or_none(browser: Browser, page: Page) -> Page | None:
    """Go on where the page still offers to."""
    shown = browser.get(page.url)
    return browser.submit(shown, button="challenge-submit") if shown.has("challenge-submit") else None


def test_approval_that_is_denied_opens_nothing_and_closes_approvals(
    provider: Provider, bob: Person, phone: Browser
) -> None:
    """This was not me: refused, another way is asked, none may be sent for a while, longer after the next."""
    browser, _, page = asked(provider, bob)
    told = phone.get(APPROVALS)
    done = phone.follow(phone.submit(told, button=f"deny-{request_on(told)}"))
    assert "Change your password" in done.document.text
    shown = browser.get(page.url)
    assert "said no" in shown.document.text
    assert shown.has("code")
    assert not shown.has("choose-approval")
    other = provider.browser()
    fresh = other.follow(bob.identify(other, other.open(provider.bank.attempt(acr_values=MFA).url)))
    assert not fresh.has("choose-approval")
    provider.advance(15 * 60 + 1)
    asked(provider, bob)
    told = phone.get(APPROVALS)
    phone.submit(told, button=f"deny-{request_on(told)}")
    provider.advance(15 * 60 + 1)
    other = provider.browser()
    fresh = other.follow(bob.identify(other, other.open(provider.bank.attempt(acr_values=MFA).url)))
    assert not fresh.has("choose-approval")


@pytest.mark.parametrize("fact", ["risk.denied_prompt: {eq: true}", "risk.band: {eq: high}"])
def test_denial_is_a_fact_for_policy(provider: Provider, bob: Person, phone: Browser, fact: str) -> None:
    """A rule may read it alone, or that risk is high: after a denial the bank asks for more, for a day."""
    rule = f"rules:\n  - id: denied\n    if: {{{fact}}}\n    require: {{acr: urn:idp:acr:mfa}}\n"
    provider.publish(DEMO.replace("rules:\n", rule))
    assert provider.sign_in(provider.browser(), provider.bank, bob).amr == {"pwd"}
    asked(provider, bob)
    told = phone.get(APPROVALS)
    phone.submit(told, button=f"deny-{request_on(told)}")
    provider.advance(60)
    assert provider.sign_in(provider.browser(), provider.bank, bob).amr == {"pwd", "otp", "mfa", "rba"}
    provider.advance(24 * 3600)
    assert provider.sign_in(provider.browser(), provider.bank, bob).amr == {"pwd"}


def test_approval_ends_after_its_time(provider: Provider, bob: Person, phone: Browser) -> None:
    """Two minutes: late neither side can go on; a new request can be sent."""
    browser, _, page = asked(provider, bob)
    told = phone.get(APPROVALS)
    request = request_on(told)
    provider.advance(121)
    late = phone.submit(told, {f"number-{request}": number_on(page)}, button=f"approve-{request}")
    assert (late.status, "request is over" in late.document.text) == (422, True)
    shown = browser.get(page.url)
    assert "time for it is over" in shown.document.text
    again = browser.follow(browser.submit(shown, button="send-code"))
    assert again.has("approval-number")


def test_approved_in_time_but_used_too_late(provider: Provider, bob: Person, phone: Browser) -> None:
    """An approval lasts no longer than its request."""
    browser, _, page = asked(provider, bob)
    ready = browser.get(page.url)
    approve(phone, number_on(page))
    provider.advance(121)
    with provider.nothing_issued():
        assert browser.submit(ready, button="challenge-submit").status == 422


def test_approval_is_bound_to_its_interaction_and_used_once(provider: Provider, bob: Person, phone: Browser) -> None:
    """ACR-10, OTP-16: another sign-in of the same person does not go on by it, nor the same a second time."""
    first, attempt, page = asked(provider, bob)
    provider.advance(31)
    second, _, other = asked(provider, bob)
    number = number_on(page)
    told = phone.get(APPROVALS)
    request = told.document.forms[0].buttons[0].id.removeprefix("approve-")
    phone.submit(told, {f"number-{request}": number}, button=f"approve-{request}")
    with provider.nothing_issued():
        assert go_on(second, other).status == 422
    ready = first.get(page.url)
    assert provider.bank.tokens(attempt, first.submit(ready, button="challenge-submit")).acr == MFA
    assert provider.stored("approval_requests", "used_at") != {None}


def test_approval_answers_come_from_the_other_device_alone(provider: Provider, bob: Person, phone: Browser) -> None:
    """ACR-11: whatever the form says, nothing is approved by it."""
    browser, _, page = asked(provider, bob)
    _, url, entries = browser.fill(page, {}, button="challenge-submit")
    for value in ("approved", number_on(page)):
        with provider.nothing_issued():
            answer = browser.post(url, [*entries, ("code", value), ("verdict", "approved"), ("approval", "approved")])
        assert answer.status == 422


def test_browser_that_asks_cannot_approve_itself(provider: Provider, bob: Person, phone: Browser) -> None:
    """The same browser holds the session and the sign-in: it sees its request, and only denies it."""
    page = phone.open(provider.bank.attempt(acr_values=MFA, prompt="login").url)
    page = phone.follow(bob.give_password(phone, page))
    assert not page.has("choose-approval")
    laptop = turned_on(provider, bob, label="Laptop")
    page = phone.get(page.url)
    page = phone.follow(phone.submit(page, button="choose-approval"))
    page = phone.follow(phone.submit(page, button="send-code"))
    told = phone.get(APPROVALS)
    assert "this very browser" in told.document.text
    request = next(each.removeprefix("deny-") for each in told.document.ids if each.startswith("deny-"))
    _, url, entries = phone.fill(told, {}, button=f"deny-{request}")
    fields = [(name, value) for name, value in entries if name != "choice"]
    forged = phone.post(url, [*fields, ("choice", f"approve:{request}"), (f"number-{request}", number_on(page))])
    assert forged.status == 422
    assert approve(laptop, number_on(page)).has("done")


def test_session_that_another_device_let_in_cannot_approve(provider: Provider, bob: Person, phone: Browser) -> None:
    """policy.md §2: only a session that itself holds mfa approves, or two would let each other in for ever."""
    browser, attempt, page = asked(provider, bob)
    approve(phone, number_on(page))
    provider.bank.tokens(attempt, go_on(browser, page))
    told = browser.open(APPROVALS)
    assert told.has("prove-submit")
    assert not told.has("turn-on-submit")
    _, url, entries = browser.fill(told, {}, button="prove-submit")
    fields = [(name, value) for name, value in entries if name != "choice"]
    browser.follow(browser.post(url, [*fields, ("choice", "turn_on")]))
    assert len(held(provider, bob, "approval")) == 1


def test_session_with_a_password_alone_cannot_approve(provider: Provider, bob: Person, phone: Browser) -> None:
    """Neither shown a number field nor obeyed; it may deny."""
    low = provider.browser()
    provider.sign_in(low, provider.bank, bob)
    _, _, page = asked(provider, bob)
    told = low.open(APPROVALS)
    request = next(each.removeprefix("deny-") for each in told.document.ids if each.startswith("deny-"))
    _, url, entries = low.fill(told, {}, button=f"deny-{request}")
    fields = [(name, value) for name, value in entries if name != "choice"]
    forged = low.post(url, [*fields, ("choice", f"approve:{request}"), (f"number-{request}", number_on(page))])
    assert forged.status == 422
    low.submit(told, button=f"deny-{request}")
    assert not [each for each in phone.get(APPROVALS).document.ids if each.startswith("approve-")]


def test_ended_session_cannot_approve(provider: Provider, bob: Person, phone: Browser) -> None:
    """The session must live when it approves; without one, nothing is offered any more."""
    _, _, page = asked(provider, bob)
    told = phone.get(APPROVALS)
    request = request_on(told)
    provider.end_sessions(bob)
    typed = {f"number-{request}": number_on(page)}
    assert phone.submit(told, typed, button=f"approve-{request}").status != 200
    assert provider.stored("approval_requests", "verdict") == {""}
    browser = provider.browser()
    fresh = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    assert not fresh.has("choose-approval")


def test_nobody_else_approves_or_denies(provider: Provider, bob: Person, carol: Person, phone: Browser) -> None:
    """ACR-09: carol's device, turned on as bob's is, sees and decides nothing of his."""
    theirs = turned_on(provider, carol)
    browser, _, page = asked(provider, bob)
    told = theirs.get(APPROVALS)
    assert told.has("nothing-waits")
    request = request_on(phone.get(APPROVALS))
    token = token_of(theirs)
    fields = {"csrf_token": token, f"number-{request}": number_on(page)}
    assert theirs.post(APPROVALS, {**fields, "choice": f"approve:{request}"}).status == 422
    assert theirs.post(APPROVALS, {**fields, "choice": "deny"}).status == 303
    assert provider.stored("approval_requests", "verdict") == {""}
    assert theirs.post(APPROVALS, {"choice": "deny"}).status == 403
    with provider.nothing_issued():
        assert go_on(browser, page).status == 422


def test_three_requests_wait_at_most(provider: Provider, bob: Person, phone: Browser) -> None:
    """MFA fatigue: the fourth is not sent, and says when it may be; asking again takes one's own place."""
    provider.publish(DEMO.replace("  totp: {", "  approval: {ttl: 5m, pending: 3}\n  totp: {", 1))
    for _ in range(3):
        asked(provider, bob)
    browser, _, page = asked(provider, bob, is_sent=False)
    refused = browser.submit(page, button="send-code")
    assert (refused.status, refused.header("retry-after") != "") == (429, True)
    assert provider.count("approval_requests") == 3


def test_last_factor_of_its_own_stays_beside_a_device(provider: Provider, bob: Person, phone: Browser) -> None:
    """ENR-07: what approves stands on the app that let it in; the app cannot be given up for it, the device can."""
    (app,) = held(provider, bob)
    (device,) = held(provider, bob, "approval")
    page = phone.get(f"/account/factors/{app}")
    assert phone.submit(page, button="remove-submit").status == 422
    page = phone.get(f"/account/factors/{device}")
    assert "Phone" in page.document.text
    phone.submit(page, button="remove-submit")
    assert held(provider, bob, "approval") == []
    assert phone.get(APPROVALS).has("turn-on-submit")


def test_device_is_turned_on_once_and_only_after_a_fresh_proof(provider: Provider, bob: Person, phone: Browser) -> None:
    """ENR-02: an old proof is asked again; a second click adds nothing."""
    phone.post(APPROVALS, {"csrf_token": token_of(phone), "choice": "turn_on"})
    assert len(held(provider, bob, "approval")) == 1
    (device,) = held(provider, bob, "approval")
    page = phone.get(f"/account/factors/{device}")
    phone.submit(page, button="remove-submit")
    provider.advance(601)
    page = phone.get(APPROVALS)
    page = phone.follow(phone.submit(page, button="turn-on-submit"))
    assert page.has("challenge-submit")
    assert held(provider, bob, "approval") == []


def test_approvals_are_off_where_the_policy_does_not_name_them(provider: Provider, bob: Person, phone: Browser) -> None:
    """Off: nothing is offered, and nothing that waits can be approved."""
    _, _, page = asked(provider, bob)
    told = phone.get(APPROVALS)
    request = request_on(told)
    provider.publish(DEMO.replace("totp, approval, sms", "totp, sms"))
    assert phone.submit(told, {f"number-{request}": number_on(page)}, button=f"approve-{request}").status == 422
    assert "don’t allow" in phone.get(APPROVALS).document.text
