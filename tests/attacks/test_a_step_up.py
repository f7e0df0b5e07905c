"""Table A: step-up, the truth of acr, amr and auth_time, and the policy's outcome."""

from urllib.parse import urlencode

import pytest

from tests.support.browser import Browser, Page
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

ONE, MFA = "urn:idp:acr:1fa", "urn:idp:acr:mfa"
ALWAYS_MFA = """
bundle: floor
acr:
  urn:idp:acr:1fa: {title: Signed in, needs: [any]}
  urn:idp:acr:mfa: {title: Multi-factor, aliases: [mfa], needs: [{kinds: 2}], valid_for: 24h}
factors:
  first: [password]
  order: [password, totp]
rules:
  - id: everybody
    require: {acr: urn:idp:acr:mfa}
    reason: second_step
tests:
  - name: everybody proves two kinds
    given: {client: bank, enrolled: [password, totp], evidence: [{factor: password, age: 1m}]}
    expect: {outcome: challenge, acr: urn:idp:acr:mfa, options: [[totp]], because: [everybody]}
"""
"""A floor that the relying party cannot lower."""


def test_acr_03_voluntary_level_is_never_claimed(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-03: where the level that was wished for is not reached, the tokens say the one that is."""
    attempt = provider.bank.attempt(claims='{"id_token":{"acr":{"values":["phr"]}}}', acr_values=MFA)
    page = bob.answer(browser, browser.open(attempt.url), provider.clock.now())
    tokens = provider.bank.tokens(attempt, page)
    assert tokens.acr == MFA
    assert provider.stored("grants", "acr") == {MFA}


def test_acr_03_required_level_out_of_reach_gives_no_code(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-03: acr_values=phr of somebody who can reach mfa ends unmet, never in a code that says phr."""
    attempt = provider.bank.attempt(acr_values="phr")
    with provider.no_code_issued():
        page = bob.answer(browser, browser.open(attempt.url), provider.clock.now())
        page = page if page.location else browser.follow(browser.submit(page))
    assert provider.bank.error(attempt, page) == "unmet_authentication_requirements"


@pytest.mark.parametrize("acr_values", [f"phr {MFA}", f"{MFA} phr", f"bogus {ONE}", ONE])
def test_acr_04_weak_value_never_undercuts_the_floor(
    provider: Provider, browser: Browser, bob: Person, acr_values: str
) -> None:
    """ACR-04: whatever stands in the list, the policy's floor is reached too."""
    provider.publish(ALWAYS_MFA)
    attempt = provider.bank.attempt(acr_values=acr_values)
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    assert page.has("code")
    tokens = provider.bank.tokens(attempt, bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert tokens.amr == {"pwd", "otp", "mfa"}


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"acr_values": ONE},
        {"claims": f'{{"id_token":{{"acr":{{"essential":true,"value":"{ONE}"}}}}}}'},
        {"claims": "{}"},
    ],
    ids=["dropped", "lowered", "essential but low", "empty claims"],
)
def test_acr_05_client_cannot_lower_the_floor(
    provider: Provider, browser: Browser, bob: Person, parameters: dict[str, str]
) -> None:
    """ACR-05: the floor comes from the server's policy, however the address is edited."""
    provider.publish(ALWAYS_MFA)
    attempt = provider.bank.attempt(**parameters)
    with provider.no_code_issued():
        page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    assert page.has("code")


def test_acr_07_cookie_alone_does_not_answer_a_higher_request(
    provider: Provider, browser: Browser, bob: Person
) -> None:
    """ACR-07: a session of the password gets a challenge for mfa, never a code."""
    provider.sign_in(browser, provider.bank, bob)
    with provider.nothing_issued():
        page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    assert page.has("code")


def test_acr_09_step_up_by_another_persons_factor(
    provider: Provider, browser: Browser, bob: Person, carol: Person
) -> None:
    """ACR-09: another person's code is a wrong code, and the level stays."""
    provider.sign_in(browser, provider.bank, bob)
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    with provider.nothing_issued():
        assert carol.give_code(browser, page, carol.code(provider.clock.now())).status == 422
    attempt = provider.bank.attempt()
    assert provider.bank.tokens(attempt, browser.get(attempt.url)).acr == ONE


def test_acr_09_reauthentication_by_another_person(
    provider: Provider, browser: Browser, bob: Person, carol: Person
) -> None:
    """ACR-09: another person's password in a form of re-authentication never mixes two people."""
    of_bob = provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    attempt = provider.bank.attempt(prompt="login", acr_values=MFA)
    page = browser.open(attempt.url)
    form = page.document.form_with("password")
    _, url, entries = browser.fill(page, {"password": carol.password}, button=form.buttons[0].id)
    fields = [*((name, value) for name, value in entries if name != "username"), ("username", carol.username)]
    answer = browser.follow(browser.post(url, fields))
    assert answer.status == 422 or answer.has("code") or answer.has("password"), answer
    if answer.has("code"):
        with provider.nothing_issued():
            assert bob.give_code(browser, answer, bob.code(provider.clock.now(), steps=1)).status == 422
    assert provider.stored("grants", "user_id") == {of_bob.claims["sub"], bob.id}


def test_acr_10_challenge_of_another_browser(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-10: who knows the address of a challenge and not its cookie finds nothing, before any code is looked at."""
    page = waiting_for_code(provider, browser, bob)
    _, url, entries = browser.fill(page, {"code": bob.code(provider.clock.now())}, button="challenge-submit")
    thief = provider.browser()
    thief.open(provider.bank.attempt().url)
    with provider.nothing_issued():
        assert thief.get(page.url).status in {403, 404}
        assert thief.post(url, entries).status in {403, 404}
    assert provider.failures("second", bob) == 0


@pytest.mark.parametrize("name", ["user_id", "username", "email", "sub", "subject", "credential_id", "interaction"])
@pytest.mark.parametrize("place", ["form", "query"])
def test_acr_11_subject_comes_from_the_stored_state(
    provider: Provider, browser: Browser, bob: Person, carol: Person, name: str, place: str
) -> None:
    """ACR-11: no field of a form says whom a code is checked against."""
    page = waiting_for_code(provider, browser, bob)
    _, url, entries = browser.fill(page, {"code": carol.code(provider.clock.now())}, button="challenge-submit")
    for value in (carol.id, carol.username):
        extra = [(name, value)]
        target, fields = (url, [*entries, *extra]) if place == "form" else (f"{url}?{urlencode(extra)}", entries)
        with provider.nothing_issued():
            assert browser.post(target, fields).status == 422


@pytest.mark.parametrize(
    "path",
    [
        "{page}",
        "{page}/consent",
        "{page}/finish",
        "{page}/resume",
        "/userinfo",
        "/account",
        "/account/factors",
        "/admin",
        "/authorize/resume",
    ],
)
def test_acr_12_navigation_skips_nothing(provider: Provider, browser: Browser, bob: Person, path: str) -> None:
    """ACR-12: with the password done and the code open, only the challenge answers."""
    provider.publish(ALWAYS_MFA)
    page = waiting_for_code(provider, browser, bob)
    with provider.nothing_issued():
        answer = browser.open(path.format(page=page.url))
    assert answer.status in {401, 403, 404, 405} or answer.has("code") or answer.has("password")
    assert not answer.location.startswith(provider.bank.redirect_uri)


def test_acr_12_empty_answers_pass_nothing(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-12: an empty form, a form of another step, or a form with a made-up outcome passes nothing."""
    provider.publish(ALWAYS_MFA)
    page = waiting_for_code(provider, browser, bob)
    _, url, entries = browser.fill(page, {}, button="challenge-submit")
    hidden = [(name, value) for name, value in entries if name not in {"code"}]
    with provider.nothing_issued():
        for fields in ([], [("code", "")], [("mfa_passed", "1"), ("step", "finish")], [("password", bob.password)]):
            answer = browser.post(url, [*hidden, *fields])
            assert answer.status in {200, 303, 400, 403, 422}, answer
            assert not answer.location.startswith(provider.bank.redirect_uri)
    assert browser.get(page.url).has("code")


def test_acr_14_choosing_is_no_proof(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-14: however often another way is chosen, a step is passed by a proof alone."""
    provider.publish(ALWAYS_MFA)
    page = waiting_for_code(provider, browser, bob)
    _, url, entries = browser.fill(page, {}, button="challenge-submit")
    hidden = [(name, value) for name, value in entries if name not in {"code", "action"}]
    with provider.nothing_issued():
        for factor in ("password", "totp", "passkey", "backup_code", "sms", "nonsense"):
            for name in ("choose", "factor", "method", f"choose-{factor}", "action", "choice"):
                for value in (factor, "go", f"choose:{factor}"):
                    answer = browser.post(url, [*hidden, (name, value)])
                    assert answer.status < 500
                    assert not answer.location.startswith(provider.bank.redirect_uri)
    asked = browser.get(page.url)
    while not asked.has("code"):
        asked = browser.follow(bob.give_password(browser, asked))
    assert bob.give_code(browser, asked, bob.code(provider.clock.now())).location.startswith(provider.bank.redirect_uri)


def test_acr_16_every_way_in_ends_in_a_decision(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-16: sign-in, single sign-on, form_post and POST /authorize: each meets the floor."""
    provider.sign_in(browser, provider.bank, bob)
    provider.publish(ALWAYS_MFA)
    with provider.no_code_issued():
        assert browser.open(provider.bank.attempt().url).has("code")
        assert browser.open(provider.bank.attempt(response_mode="form_post").url).has("code")
        assert browser.follow(browser.post("/authorize", provider.bank.attempt().parameters)).has("code")
        attempt = provider.bank.attempt(prompt="none")
        assert provider.bank.error(attempt, browser.get(attempt.url)) == "interaction_required"


def test_acr_17_new_factor_is_honoured_at_once(provider: Provider, browser: Browser, alice: Person) -> None:
    """ACR-17: a factor set up in one session is asked for in all others."""
    provider.sign_in(browser, provider.bank, alice)
    waiting = provider.browser()
    page = waiting.open(provider.bank.attempt(acr_values=MFA).url)
    alice = provider.enrol_totp(alice)
    attempt = provider.bank.attempt(acr_values=MFA)
    asked = browser.open(attempt.url)
    assert asked.has("code")
    assert provider.bank.tokens(attempt, alice.give_code(browser, asked, alice.code(provider.clock.now()))).acr == MFA
    assert waiting.follow(alice.identify(waiting, page)).has("code")


@pytest.mark.parametrize("max_age", ["60", "0"])
def test_acr_18_max_age_forces_an_act(provider: Provider, browser: Browser, bob: Person, max_age: str) -> None:
    """ACR-18: mfa of ten minutes ago does not answer max_age=60 or 0; the new auth_time says when."""
    first = provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    provider.advance(600)
    attempt = provider.bank.attempt(acr_values=MFA, max_age=max_age)
    with provider.no_code_issued():
        page = browser.open(attempt.url)
    tokens = provider.bank.tokens(attempt, bob.answer(browser, page, provider.clock.now()))
    assert tokens.auth_time == first.auth_time + 600


@pytest.mark.parametrize("max_age", ["-1", "abc", "1e9", "9" * 20, "60&max_age=99999", "60,60", "+60", "6 0"])
def test_acr_18_malformed_max_age_is_refused(provider: Provider, signed_in: Browser, max_age: str) -> None:
    """ACR-18: a malformed age is invalid_request: never ignored, never a failure."""
    attempt = provider.bank.attempt(max_age=max_age)
    with provider.nothing_issued():
        assert provider.bank.error(attempt, signed_in.get(attempt.url)) == "invalid_request"


def test_acr_19_auth_time_is_never_now(provider: Provider, browser: Browser, bob: Person, shop: RelyingParty) -> None:
    """ACR-19: after silent sign-on and after a step-up of another client, auth_time is of the real act."""
    first = provider.sign_in(browser, provider.bank, bob)
    provider.advance(1000)
    raised = provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    provider.advance(1000)
    attempt = shop.attempt(acr_values=ONE)
    low = shop.tokens(attempt, browser.get(attempt.url))
    attempt = shop.attempt(acr_values=MFA)
    high = shop.tokens(attempt, browser.get(attempt.url))
    assert raised.auth_time == first.auth_time + 1000
    assert high.auth_time == raised.auth_time
    assert low.auth_time in {first.auth_time, raised.auth_time}


def test_acr_26_none_below_the_level_gives_no_code(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-26: prompt=none never ends in a lesser code."""
    provider.sign_in(browser, provider.bank, bob)
    provider.advance(120)
    essential = '{"id_token":{"acr":{"essential":true,"value":"urn:idp:acr:mfa"}}}'
    for parameters in ({"claims": essential}, {"max_age": "60"}, {"acr_values": MFA}):
        attempt = provider.bank.attempt(prompt="none", **parameters)
        with provider.nothing_issued():
            assert provider.bank.error(attempt, browser.get(attempt.url)) in {"login_required", "interaction_required"}


def test_acr_28_raised_floor_meets_live_sessions(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-28: the next authorization of an old session is judged by the new policy."""
    provider.sign_in(browser, provider.bank, bob)
    attempt = provider.bank.attempt()
    provider.bank.tokens(attempt, browser.get(attempt.url))
    provider.publish(ALWAYS_MFA)
    with provider.no_code_issued():
        assert browser.open(provider.bank.attempt().url).has("code")


def test_acr_28_raised_floor_meets_a_page_that_was_open(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-28: a form of the account that was shown under the old policy does nothing under the new one."""
    other = provider.browser()
    provider.sign_in(other, provider.bank, bob)
    provider.sign_in(browser, provider.bank, bob)
    page = browser.open("/account/sessions")
    provider.publish(ALWAYS_MFA)
    assert browser.follow(browser.submit(page, button="end-others")).has("code")
    assert provider.stored("sessions", "ended_at") == {None}


def test_acr_28_raised_floor_meets_a_waiting_sign_in(provider: Provider, browser: Browser, bob: Person) -> None:
    """ACR-28: a sign-in that began under the old policy ends under the new one."""
    page = browser.open(provider.bank.attempt().url)
    provider.publish(ALWAYS_MFA)
    with provider.no_code_issued():
        assert browser.follow(bob.identify(browser, page)).has("code")


def waiting_for_code(provider: Provider, browser: Browser, person: Person) -> Page:
    """Go through the password and stop where the code is asked."""
    attempt = provider.bank.attempt(acr_values=MFA)
    page = browser.follow(person.identify(browser, browser.open(attempt.url)))
    assert page.has("code"), page
    return page
