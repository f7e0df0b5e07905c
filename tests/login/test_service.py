"""The interaction from demand to answer: steps, sessions, refusals."""

import pytest

from tests.login.kit import MFA, Desk, Make, give_code, identify, start, told


def test_a_password_sign_in_takes_three_requests(desk: Desk) -> None:
    """From the demand to the answer: begin, page, post."""
    browser = desk.browser()
    answer = identify(browser, start(browser), "alice")
    assert told(answer)["acr"] == "urn:idp:acr:1fa"
    assert told(answer)["user"] == desk.people["alice"].id
    assert len(browser.record) == 3


def test_a_second_factor_takes_five_requests(desk: Desk) -> None:
    """Password and code: two pages, two posts, one begin."""
    browser = desk.browser()
    page = browser.follow(identify(browser, start(browser, acr=MFA), "bob"))
    assert page.has("challenge-submit")
    answer = give_code(browser, page, desk.code("bob"))
    assert (told(answer)["acr"], told(answer)["amr"]) == (MFA, "pwd otp mfa")
    assert len(browser.record) == 5


def test_a_session_that_suffices_takes_one_request(desk: Desk) -> None:
    """Single sign-on shows no page and stores no interaction."""
    browser = desk.browser()
    identify(browser, start(browser), "alice")
    browser.record.clear()
    assert told(start(browser))["acr"] == "urn:idp:acr:1fa"
    assert len(browser.record) == 1


def test_step_up_asks_for_the_missing_factor_only(desk: Desk) -> None:
    """The password of the session counts; the code is all that is asked, and `sid` stays."""
    browser = desk.browser()
    first = told(identify(browser, start(browser), "bob"))
    page = start(browser, action="payment.approve")
    assert page.has("code")
    assert not page.has("password")
    second = told(give_code(browser, page, desk.code("bob")))
    assert (second["acr"], second["sid"]) == (MFA, first["sid"])


def test_the_cookie_is_new_at_each_rise_and_the_old_one_is_dead(desk: Desk) -> None:
    """A session raised by a proof gets a new secret (SES-01)."""
    browser = desk.browser()
    identify(browser, start(browser), "bob")
    before = browser.jar.copy()
    give_code(browser, start(browser, acr=MFA), desk.code("bob"))
    assert before.get("session") != browser.jar.get("session")
    thief = desk.browser()
    thief.jar = before
    thief.jar.drop("login")
    assert start(thief).has("login-submit")


def test_an_unfinished_sign_in_makes_no_session(desk: Desk) -> None:
    """The right password alone opens nothing where more is asked (ACR-12)."""
    browser = desk.browser()
    identify(browser, start(browser, acr=MFA), "bob")
    assert not browser.jar.get("session")
    assert desk.sessions("bob") == ()
    assert start(browser).has("login-submit")


def test_prompt_login_asks_again_and_shows_who(desk: Desk) -> None:
    """A known person proves the password again; the account is named, with a way out."""
    browser = desk.browser()
    identify(browser, start(browser), "alice")
    page = start(browser, prompt="login")
    assert page.has("challenge-submit")
    assert "Alice" in page.document.text
    answer = browser.submit(page, {"password": "alice’s own passphrase"}, button="challenge-submit")
    assert told(answer)["amr"] == "pwd"


@pytest.mark.parametrize(
    ("demand", "error"),
    [
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none", "essential": "phrh"}, "unmet_authentication_requirements"),
    ],
    ids=["nobody", "nobody could"],
)
def test_prompt_none_never_shows_a_page_to_strangers(desk: Desk, demand: dict[str, str], error: str) -> None:
    """The step's own error goes to the client (OIDC Core 1.0 §3.1.2.6)."""
    browser = desk.browser()
    assert told(browser.get("/start?" + "&".join(f"{k}={v}" for k, v in demand.items()))) == {"error": error}
    assert desk.finisher.finishings == []


def test_prompt_none_never_shows_a_page_to_whom_it_knows(desk: Desk) -> None:
    """A missing factor is `interaction_required`, what suffices is answered (ACR-26)."""
    browser = desk.browser()
    identify(browser, start(browser), "bob")
    assert told(browser.get(f"/start?prompt=none&acr={MFA}")) == {"error": "interaction_required"}
    assert told(browser.get("/start?prompt=none"))["acr"] == "urn:idp:acr:1fa"


def test_what_cannot_be_met_is_refused_by_a_page_first(desk: Desk) -> None:
    """The page with the reason comes first, then the client is told; a second click gets the same answer."""
    browser = desk.browser()
    page = browser.follow(identify(browser, start(browser, essential="phr"), "bob"))
    assert page.has("refuse-leave")
    assert "stronger" in page.document.text
    answer = browser.submit(page, button="refuse-leave")
    assert told(answer) == {"error": "unmet_authentication_requirements"}
    assert told(browser.submit(page, button="refuse-leave")) == {"error": "unmet_authentication_requirements"}
    assert desk.finisher.finishings == []


def test_another_person_ends_the_session_of_this_browser(desk: Desk) -> None:
    """One browser has one session; what one proved is never the other's (ACR-09)."""
    browser = desk.browser()
    identify(browser, start(browser), "bob")
    page = start(browser, acr=MFA)
    page = browser.follow(browser.submit(page, button="not-you"))
    page = browser.follow(identify(browser, page, "alice"))
    assert page.has("refuse-leave")
    page = start(browser, prompt="login")
    answer = identify(browser, browser.follow(browser.submit(page, button="not-you")), "alice")
    assert told(answer)["user"] == desk.people["alice"].id
    assert desk.sessions("bob") == ()
    assert len(desk.sessions("alice")) == 1


def test_a_hint_of_another_person_is_not_answered_by_this_session(desk: Desk) -> None:
    """`id_token_hint` names who may answer: not this session, and not another password (OIDC Core 1.0 §3.1.2.1)."""
    browser = desk.browser()
    identify(browser, start(browser), "alice")
    subject = desk.people["bob"].id
    assert told(start(browser, prompt="none", subject=subject)) == {"error": "login_required"}
    page = start(browser, subject=subject)
    refused = identify(browser, page, "alice")
    assert refused.status == 422
    assert "another account" in refused.document.text
    assert told(identify(browser, refused, "bob"))["user"] == subject


def test_a_disabled_person_has_no_session_and_no_way_in(desk: Desk) -> None:
    """Cookie, pending interaction and password are refused alike (SES-14)."""
    from idp.records.users import store as users

    browser, pending = desk.browser(), desk.browser()
    identify(browser, start(browser), "bob")
    waiting = pending.follow(identify(pending, start(pending, acr=MFA), "bob"))
    with desk.database.transaction() as tx:
        users.set_disabled(tx, desk.people["bob"].id, desk.clock.now())
    assert start(browser).has("login-submit")
    assert give_code(pending, waiting, desk.code("bob")).status == 422
    refused = identify(browser, start(browser), "bob")
    assert refused.status == 422
    assert "don’t match" in refused.document.text


def test_a_session_that_ended_takes_its_proofs_along(desk: Desk) -> None:
    """A sign-out during a step-up leaves nothing to step up from (SES-11)."""
    from idp.login import ending
    from idp.records.sessions import store as sessions

    browser = desk.browser()
    identify(browser, start(browser), "bob")
    page = start(browser, acr=MFA)
    with desk.database.transaction() as tx:
        ending.end_these(tx, sessions.list_sessions(tx, desk.people["bob"].id), desk.clock.now())
    page = browser.follow(give_code(browser, page, desk.code("bob")))
    assert page.has("password")
    assert desk.sessions("bob") == ()


@pytest.mark.parametrize("hours", [12.1, 24 * 7.1])
def test_a_session_ends_when_idle_or_old(desk: Desk, hours: float) -> None:
    """Idle after twelve hours; used or not, over after a week."""
    browser = desk.browser()
    identify(browser, start(browser), "alice")
    for _ in range(int(hours // 10)):
        desk.clock.pass_(hours=10)
        start(browser)
    desk.clock.pass_(hours=hours if hours < 24 else 1.5)
    assert start(browser).has("login-submit")


def test_two_tabs_do_not_throw_each_other_out(desk: Desk) -> None:
    """Each interaction has a secret of its own in the login cookie."""
    browser = desk.browser()
    first = start(browser)
    second = start(browser, acr=MFA)
    assert told(identify(browser, first, "alice"))["user"] == desk.people["alice"].id
    assert browser.get(second.url).has("login-submit")


def test_consent_is_asked_once_of_third_parties(desk: Desk) -> None:
    """Others than first-party clients are asked about, once (P14)."""
    browser = desk.browser()
    page = browser.follow(identify(browser, start(browser, client="third"), "alice"))
    assert page.has("consent-allow")
    assert "Third party" in page.document.text
    told(browser.submit(page, button="consent-allow"))
    assert "acr" in told(start(browser, client="third"))
    assert start(browser, client="third", scope="openid email").has("consent-allow")


def test_consent_that_is_denied_tells_the_client_so(desk: Desk) -> None:
    """`access_denied`, nothing issued, nothing remembered."""
    browser = desk.browser()
    page = browser.follow(identify(browser, start(browser, client="third"), "alice"))
    assert told(browser.submit(page, button="consent-deny")) == {"error": "access_denied"}
    assert desk.finisher.finishings == []
    assert desk.sessions("alice") == ()


def test_prompt_consent_asks_even_a_first_party(desk: Desk) -> None:
    """OIDC Core 1.0 §3.1.2.1: consent is asked before anything is returned."""
    browser = desk.browser()
    page = browser.follow(identify(browser, start(browser, prompt="consent"), "alice"))
    told(browser.submit(page, button="consent-allow"))
    assert start(browser, prompt="consent").has("consent-allow")


def test_form_post_answers_by_a_page_that_posts_itself(desk: Desk) -> None:
    """With scripts it goes by itself, without it has a button; nothing forbids it to leave."""
    browser = desk.browser()
    page = identify(browser, start(browser, mode="form_post"), "alice")
    assert page.status == 200
    assert page.answer["acr"] == "urn:idp:acr:1fa"
    policy = page.header("content-security-policy")
    assert "form-action" not in policy
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f'<script nonce="{nonce}">' in page.text


def test_a_decision_record_is_kept_of_each_outcome(desk: Desk) -> None:
    """One record an interaction outcome, none for a page shown again (policy.md §4)."""
    from idp.policy.record import restore
    from idp.records.decisions import store as decisions

    browser = desk.browser()
    page = start(browser)
    browser.get(page.url)
    identify(browser, page, "alice")
    with desk.database.transaction() as tx:
        (record,) = decisions.list_decisions(tx, limit=9)
    assert (record.outcome, record.gate, record.user_id) == ("finish", "authorize", desk.people["alice"].id)
    facts, evidence, enrolled, now = restore(record.snapshot)
    assert (facts.user_id, len(evidence), len(enrolled), now) == (record.user_id, 1, 1, desk.clock.now())


def test_audit_tells_what_happened(desk: Desk) -> None:
    """Events are named `noun.verb.outcome`, in order, without a secret."""
    browser = desk.browser()
    page = identify(browser, start(browser, acr=MFA), "bob", "wrong")
    page = browser.follow(identify(browser, page, "bob"))
    give_code(browser, page, desk.code("bob"))
    assert desk.events() == [
        "login.password.failed",
        "login.password.passed",
        "challenge.totp.passed",
        "session.started",
    ]


def test_the_default_policy_asks_whoever_has_a_second_factor(make: Make) -> None:
    """Under `default` bob is asked for the code at sign-in, and told why."""
    desk = make(policy="default")
    browser = desk.browser()
    page = browser.follow(identify(browser, start(browser), "bob"))
    assert page.has("code")
    assert "second step" in page.document.text
    assert told(give_code(browser, page, desk.code("bob")))["acr"] == MFA
