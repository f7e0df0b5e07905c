"""Answers: counted before they are looked at, spent once, locked in time, and never revealing who exists."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from idp.records.devices import store as devices
from idp.records.throttle import store as throttle
from tests.login.kit import MFA, Desk, give_code, identify, password_of, start, told
from tests.support.browser import Browser, Page
from tests.support.provider import PATIENCE


def at_the_code(desk: Desk, browser: Browser | None = None) -> tuple[Browser, Page]:
    """Return a browser that has given bob's password and is asked for the code."""
    browser = browser or desk.browser()
    return browser, browser.follow(identify(browser, start(browser, acr=MFA), "bob"))


def fail(desk: Desk, browser: Browser, page: Page, username: str, times: int) -> Page:
    for _ in range(times):
        desk.clock.pass_(seconds=PATIENCE)
        page = identify(browser, page, username, "wrong")
    return page


@pytest.mark.parametrize("username", ["alice", "nobody", "disabled"])
def test_a_refusal_tells_nothing_about_who_exists(desk: Desk, username: str) -> None:
    """Unknown, disabled and wrong password: the same status, the same text (SES-08)."""
    desk.add("disabled", disabled_at=desk.clock.now())
    browser = desk.browser()
    password = password_of(username) if username == "disabled" else "wrong"
    refused = identify(browser, start(browser), username, password)
    assert refused.status == 422
    assert "That username and password don’t match." in refused.document.text
    assert refused.document.form_with("login-submit").control("username").value == username  # type: ignore[union-attr]
    assert password not in refused.text


@pytest.mark.parametrize("username", ["alice", "nobody", "NoBody "])
def test_ten_failures_lock_for_a_quarter_of_an_hour(desk: Desk, username: str) -> None:
    """The lock comes for names that nobody has too, so it tells nothing; it says how long (F12)."""
    browser = desk.browser()
    page = fail(desk, browser, start(browser), username, 10)
    assert page.status == 422
    locked = identify(browser, page, username, password_of("alice"))
    assert (locked.status, locked.header("retry-after")) == (429, "900")
    assert "Try again in 15 minutes." in locked.document.text
    desk.clock.pass_(minutes=14, seconds=30)
    page = start(browser)
    still = identify(browser, page, username)
    assert (still.status, "30 seconds" in still.document.text) == (429, True)
    desk.clock.pass_(minutes=1)
    open_ = identify(browser, page, username)
    assert open_.status == (303 if username == "alice" else 422)


@pytest.mark.parametrize("username", ["alice", "nobody"])
def test_attempts_slow_down_before_the_lock(desk: Desk, username: str) -> None:
    """Five at once are anybody's mistakes; then each must wait twice as long as the one before, the right one too."""
    browser = desk.browser()
    page = start(browser)
    for _ in range(5):
        page = identify(browser, page, username, "wrong")
        assert page.status == 422
    for wait in (5, 10, 20, 40, 80):
        hasty = identify(browser, page, username, password_of("alice"))
        assert (hasty.status, hasty.header("retry-after")) == (429, str(wait))
        assert "Try again in" in hasty.document.text
        desk.clock.pass_(seconds=wait - 1)
        assert identify(browser, page, username, password_of("alice")).status == 429
        desk.clock.pass_(seconds=1)
        assert identify(browser, page, username, "wrong").status == 422
    assert identify(browser, page, username).header("retry-after") == "900"
    assert desk.finisher.finishings == []


def test_a_delay_leaves_the_page_as_it_is(desk: Desk) -> None:
    """Where codes come too fast the same page says when; nothing is counted, and the right one passes after it."""
    browser, page = at_the_code(desk)
    for _ in range(5):
        page = give_code(browser, page, desk.wrong_code("bob"))
    hasty = give_code(browser, page, desk.code("bob"))
    assert (hasty.status, hasty.header("retry-after"), hasty.has("code")) == (429, "5", True)
    assert desk.failures("second", "bob") == 5
    desk.clock.pass_(seconds=5)
    assert told(give_code(browser, hasty, desk.code("bob")))["acr"] == MFA


def test_the_lock_counts_nothing_while_it_lasts(desk: Desk) -> None:
    """Nothing is verified, so nothing is counted."""
    browser = desk.browser()
    fail(desk, browser, start(browser), "alice", 11)
    assert desk.failures("password", "alice") == 10


def test_a_lock_never_bars_a_known_device(desk: Desk) -> None:
    """Strangers fill a budget of their own; the person's browser gets in (OTP-26)."""
    own, stranger = desk.browser(), desk.browser()
    identify(own, start(own), "alice")
    fail(desk, stranger, start(stranger), "alice", 11)
    assert identify(stranger, start(stranger), "alice").status == 429
    own.jar.drop("session")
    assert told(identify(own, start(own), "alice"))["user"] == desk.people["alice"].id


def test_a_known_device_has_a_budget_too(desk: Desk) -> None:
    """Whoever holds the device may not guess without end."""
    own = desk.browser()
    identify(own, start(own), "alice")
    own.jar.drop("session")
    page = fail(desk, own, start(own), "alice", 10)
    assert identify(own, page, "alice").status == 429


def test_a_device_known_to_one_is_not_known_to_another(desk: Desk) -> None:
    """The device cookie counts for the person who succeeded there (ENR-17)."""
    browser, stranger = desk.browser(), desk.browser()
    identify(browser, start(browser), "alice")
    fail(desk, stranger, start(stranger), "bob", 10)
    browser.jar.drop("session")
    assert identify(browser, start(browser), "bob").status == 429


def test_ten_wrong_codes_close_the_second_factor_for_a_while(desk: Desk) -> None:
    """The page says when to come back, offers the way out, and the code works again afterwards."""
    browser, page = at_the_code(desk)
    for _ in range(9):
        desk.clock.pass_(seconds=PATIENCE)
        page = give_code(browser, page, desk.wrong_code("bob"))
        assert page.status == 422
    desk.clock.pass_(seconds=PATIENCE)
    page = give_code(browser, page, desk.wrong_code("bob"))
    assert (page.status, page.header("retry-after")) == (429, "900")
    assert "15 minutes" in page.document.text
    assert page.has("refuse-leave")
    desk.clock.pass_(minutes=14)
    assert not browser.get(page.url).has("code")
    desk.clock.pass_(minutes=2)
    browser, page = at_the_code(desk)
    assert told(give_code(browser, page, desk.code("bob")))["acr"] == MFA


def test_starting_over_does_not_reset_the_count(desk: Desk) -> None:
    """The right password never clears failed codes (OTP-07)."""
    for _ in range(3):
        browser, page = at_the_code(desk)
        for _ in range(3):
            desk.clock.pass_(seconds=PATIENCE)
            page = give_code(browser, page, desk.wrong_code("bob"))
    assert desk.failures("second", "bob") == 9
    identify(browser, start(browser), "bob")
    assert desk.failures("second", "bob") == 9


def test_a_full_success_clears_what_it_proved(desk: Desk) -> None:
    """Budgets start anew only after everything asked for was proved (F12)."""
    browser, page = at_the_code(desk)
    page = give_code(browser, page, desk.wrong_code("bob"))
    assert desk.failures("second", "bob") == 1
    give_code(browser, page, desk.code("bob"))
    assert desk.failures("second", "bob") == 0


def test_a_right_password_is_no_failure(desk: Desk) -> None:
    """Sign-ins that are never finished do not add up to a lock; wrong ones stay counted."""
    for _ in range(12):
        browser, page = at_the_code(desk)
        assert page.has("code")
    assert desk.failures("password", "bob") == 0
    browser = desk.browser()
    identify(browser, identify(browser, start(browser, acr=MFA), "bob", "wrong"), "bob")
    assert desk.failures("password", "bob") == 2


def test_a_hundred_failures_close_a_second_factor_but_not_for_a_known_device(desk: Desk) -> None:
    """At the ceiling waiting does not help; the person's own device still does (OTP-06)."""
    own, page = at_the_code(desk)
    give_code(own, page, desk.code("bob"))
    with desk.database.transaction() as tx:
        for _ in range(100):
            locks = desk.policies.live(tx).locks
            throttle.reserve(
                tx,
                f"second:{desk.people['bob'].id}",
                now=desk.clock.now(),
                after=10**6,
                lock_for=locks.lock_for,
                ceiling=None,
            )
    _browser, page = at_the_code(desk)
    assert page.has("refuse-leave")
    assert "closed" in page.document.text
    own.jar.drop("session")
    desk.clock.pass_(seconds=30)
    own, page = at_the_code(desk, own)
    assert told(give_code(own, page, desk.code("bob")))["acr"] == MFA


@pytest.mark.parametrize("typed", ["", "   ", "12345", "１２３４５６", "1234567", "12345\u00a0"])
def test_a_malformed_code_is_refused_in_words(desk: Desk, typed: str) -> None:
    """Six ASCII digits or nothing (OTP-03)."""
    browser, page = at_the_code(desk)
    refused = give_code(browser, page, typed)
    assert refused.status == 422
    assert refused.has("problem")


def test_a_code_with_spaces_is_accepted(desk: Desk) -> None:
    """People type codes in groups."""
    browser, page = at_the_code(desk)
    code = desk.code("bob")
    assert told(give_code(browser, page, f"{code[:3]} {code[3:]}"))["acr"] == MFA


def test_a_code_counts_once_everywhere(desk: Desk) -> None:
    """A second sign-in in the same half minute needs the next code (OTP-01, OTP-05)."""
    code = desk.code("bob")
    browser, page = at_the_code(desk)
    told(give_code(browser, page, code))
    other, page = at_the_code(desk)
    refused = give_code(other, page, code)
    assert refused.status == 422
    assert "has been used" in refused.document.text
    desk.clock.pass_(seconds=30)
    assert told(give_code(other, refused, desk.code("bob")))["acr"] == MFA


def test_a_second_click_gets_the_same_answer_and_counts_nothing(desk: Desk) -> None:
    """For a minute the same browser gets the same answer, by post, reload or back (architecture.md §3)."""
    browser, page = at_the_code(desk)
    code = desk.code("bob")
    first = give_code(browser, page, code)
    again = give_code(browser, page, code)
    assert first.location == again.location == browser.get(page.url).location
    assert len(desk.finisher.finishings) == 1
    assert desk.failures("second", "bob") == 0
    desk.clock.pass_(seconds=61)
    assert give_code(browser, page, code).status == 410


def test_a_second_click_gets_the_cookies_again(desk: Desk) -> None:
    """A browser that clicks twice throws the first response away: the session must not be lost with it."""
    browser, page = at_the_code(desk)
    before = browser.jar.copy()
    give_code(browser, page, desk.code("bob"))
    session = browser.jar.get("session")
    browser.jar = before
    again = give_code(browser, page, desk.code("bob"))
    assert told(again)["acr"] == MFA
    assert (browser.jar.get("session"), bool(browser.jar.get("device"))) == (session, True)
    assert told(start(browser))["acr"] == MFA


def test_a_form_of_an_earlier_page_counts_nothing(desk: Desk) -> None:
    """Back and submit again: the answer is where the interaction stands now (ACR-14)."""
    browser = desk.browser()
    page = start(browser, acr=MFA)
    identify(browser, page, "bob")
    again = identify(browser, page, "bob", "wrong")
    assert (again.status, again.location) == (303, page.url)
    assert desk.failures("password", "bob") == 0


def test_one_code_released_at_once_passes_once(desk: Desk) -> None:
    """Sign-ins of one person give one code together: one advances the step, the others are refused."""
    waiting = [at_the_code(desk) for _ in range(5)]
    code, barrier = desk.code("bob"), Barrier(len(waiting))

    def send(pair: tuple[Browser, Page]) -> int:
        barrier.wait()
        return give_code(*pair, code).status

    with ThreadPoolExecutor(len(waiting)) as pool:
        statuses = sorted(pool.map(send, waiting))
    assert statuses.count(303) == 1
    assert set(statuses) <= {303, 422}
    assert len(desk.finisher.finishings) == 1


def test_one_form_sent_many_times_at_once_finishes_once(desk: Desk) -> None:
    """A nervous click gives one answer; whoever loses the race is shown where it stands, and nothing is counted."""
    browser, page = at_the_code(desk)
    code, barrier = desk.code("bob"), Barrier(4)

    def send(_: int) -> Page:
        barrier.wait()
        return give_code(browser, page, code)

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(send, range(4)))
    assert {reply.status for reply in replies} <= {303, 422}
    answers = {browser.follow(reply).location for reply in replies if reply.status == 303}
    assert len(answers) == 1
    assert len(desk.finisher.finishings) == 1


def test_a_fault_after_the_answer_was_looked_at_keeps_the_count(desk: Desk) -> None:
    """Reserve is committed: no fault gives a free guess (OTP-12); nothing else of the request stays."""
    browser, page = at_the_code(desk)
    desk.finisher.fault = RuntimeError("a defect")
    assert give_code(browser, page, desk.code("bob")).status == 500
    assert desk.failures("second", "bob") == 1
    assert desk.sessions("bob") == ()
    desk.finisher.fault = None
    assert told(give_code(browser, page, desk.code("bob")))["acr"] == MFA


def test_what_is_named_in_the_form_changes_nothing(desk: Desk) -> None:
    """Whom a challenge concerns comes from the stored interaction alone (ACR-09, ACR-11)."""
    desk.add("carol", has_totp=True)
    browser, page = at_the_code(desk)
    _form, url, entries = browser.fill(page, {"code": desk.code("carol")}, button="challenge-submit")
    extra = [("username", "carol"), ("user_id", desk.people["carol"].id), ("factor", "password"), ("step", "finish")]
    assert browser.post(url, [*entries, *extra]).status == 422
    assert desk.failures("second", "bob") == 1
    assert desk.failures("second", "carol") == 0


def test_the_device_is_remembered_only_after_a_full_success(desk: Desk) -> None:
    """A password alone makes no device known where more is asked (ENR-20)."""
    from idp.core.tokens import digest

    browser, page = at_the_code(desk)
    assert not browser.jar.get("device")
    give_code(browser, page, desk.code("bob"))
    with desk.database.transaction() as tx:
        known = devices.get(tx, digest(browser.jar.get("device")), desk.people["bob"].id)
    assert known is not None
    assert len(known.factors) == 2


def test_a_password_is_hashed_anew_when_parameters_have_changed(desk: Desk) -> None:
    """A good password brings its hash to the newest parameters (F1)."""
    from idp.factors.password import Password
    from idp.records.users.credentials import store as credentials
    from tests.support.builders import a_password, a_user

    user = a_user("old")
    from idp.records.users import store as users

    with desk.database.transaction() as tx:
        users.add(tx, user)
        credentials.add_credential(
            tx, a_password(user, password_of("old"), factor=Password(memory_kib=16, passes=1, lanes=1))
        )
    browser = desk.browser()
    told(identify(browser, start(browser), "old"))
    with desk.database.transaction() as tx:
        (kept,) = credentials.list_credentials(tx, user.id)
    assert b"m=8," in kept.material
    assert kept.used_at == desk.clock.now()
