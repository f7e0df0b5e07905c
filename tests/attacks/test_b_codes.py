"""Table B: one-time codes and passwords: guessing, replay, lock-out."""

from datetime import timedelta

import pytest

from idp.records.throttle import store as throttle
from tests.admin.conftest import staff
from tests.support.authenticator import Authenticator
from tests.support.browser import Browser, Page
from tests.support.enrolment import bind
from tests.support.passkeys import give, use
from tests.support.person import Person
from tests.support.provider import Provider

MFA = "urn:idp:acr:mfa"


def challenge(provider: Provider, browser: Browser, person: Person) -> Page:
    """Sign in with the password and stop where the code is asked."""
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    page = page if page.has("code") else browser.follow(person.identify(browser, page))
    assert page.has("code"), page
    return page


def is_through(provider: Provider, page: Page) -> bool:
    return page.location.startswith(provider.bank.redirect_uri)


def test_otp_01_code_counts_once(provider: Provider, bob: Person) -> None:
    """OTP-01: the code of one sign-in is refused in the next one, in the same 30 s (RFC 6238 §5.2)."""
    code = bob.code(provider.clock.now())
    first, second = provider.browser(), provider.browser()
    pages = [challenge(provider, first, bob), challenge(provider, second, bob)]
    assert is_through(provider, bob.give_code(first, pages[0], code))
    with provider.nothing_issued():
        assert bob.give_code(second, pages[1], code).status == 422


@pytest.mark.parametrize(("used", "tried"), [(0, -1), (1, 0), (1, -1), (1, 1), (0, 0)])
def test_otp_02_steps_only_rise(provider: Provider, bob: Person, used: int, tried: int) -> None:
    """OTP-02: within the window an older step is refused after a newer one."""
    now = provider.clock.now()
    first, second = provider.browser(), provider.browser()
    assert is_through(provider, bob.give_code(first, challenge(provider, first, bob), bob.code(now, steps=used)))
    page = challenge(provider, second, bob)
    with provider.nothing_issued():
        assert bob.give_code(second, page, bob.code(now, steps=tried)).status == 422


def test_otp_02_newer_step_is_accepted_after_an_older(provider: Provider, bob: Person) -> None:
    """OTP-02: the other way round both count."""
    now = provider.clock.now()
    for steps in (-1, 0, 1):
        browser = provider.browser()
        assert is_through(
            provider, bob.give_code(browser, challenge(provider, browser, bob), bob.code(now, steps=steps))
        )


def disguises(code: str) -> dict[str, str]:
    wide = "".join(chr(0xFF10 + int(digit)) for digit in code)
    return {
        "full width": wide,
        "mathematical": "".join(chr(0x1D7CE + int(digit)) for digit in code),
        "arabic": "".join(chr(0x0660 + int(digit)) for digit in code),
        "one mixed": wide[0] + code[1:],
        "no-break space": code[:3] + "\u00a0" + code[3:],
        "en dash": code[:3] + "\u2013" + code[3:],
        "plus": "+" + code,
        "leading zero": "0" + code,
        "sign": "-" + code,
        "space": code[:3] + " " + code[3:],
        "newline": code + "\n",
        "nul": code + "\x00",
        "zero width": code + "\u200b",
        "decimal": code + ".0",
        "list": f"['{code}']",
    }


@pytest.mark.parametrize("form", disguises("000000"))
def test_otp_03_used_code_in_disguise(provider: Provider, bob: Person, form: str) -> None:
    """OTP-03: a used code is refused however it is written."""
    now = provider.clock.now()
    first, second = provider.browser(), provider.browser()
    assert is_through(provider, bob.give_code(first, challenge(provider, first, bob), bob.code(now)))
    page = challenge(provider, second, bob)
    with provider.nothing_issued():
        answer = bob.give_code(second, page, disguises(bob.code(now))[form])
    assert answer.status in {400, 422}


@pytest.mark.parametrize(
    "form",
    ["full width", "mathematical", "arabic", "one mixed", "plus", "leading zero", "zero width", "no-break space"],
)
def test_otp_03_fresh_code_is_ascii_alone(provider: Provider, bob: Person, form: str) -> None:
    """OTP-03: only six ASCII digits are a code at all."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    with provider.nothing_issued():
        assert bob.give_code(browser, page, disguises(bob.code(provider.clock.now()))[form]).status in {400, 422}


def test_otp_05_code_counts_once_for_all_purposes(provider: Provider, bob: Person) -> None:
    """OTP-05: the code of a sign-in does not serve for a step-up with prompt=login."""
    browser = provider.browser()
    code = bob.code(provider.clock.now())
    assert is_through(provider, bob.give_code(browser, challenge(provider, browser, bob), code))
    page = browser.follow(
        bob.give_password(browser, browser.open(provider.bank.attempt(acr_values=MFA, prompt="login").url))
    )
    with provider.nothing_issued():
        assert bob.give_code(browser, page, code).status == 422


def test_otp_06_guessing_ends(provider: Provider, bob: Person) -> None:
    """OTP-06: ten wrong codes lock for a quarter of an hour; a hundred close the factor (NIST SP 800-63B-4 §3.2.2)."""
    with provider.no_code_issued():
        for locked in range(1, 11):
            browser = provider.browser()
            page = challenge(provider, browser, bob)
            for _ in range(10):
                provider.have_patience()
                page = bob.give_code(browser, page, bob.wrong_code(provider.clock.now()))
            assert (page.status, page.has("code")) == (429, False)
            assert provider.failures("second", bob) == 10 * locked
            provider.advance(15 * 60 + 1)
        for waited in (0, 24 * 3600, 365 * 24 * 3600):
            provider.advance(waited)
            closed = reached(provider, provider.browser(), bob)
            assert closed.has("refuse-leave"), f"open again after {waited} s"
            assert "closed" in closed.document.text
    assert provider.failures("second", bob) == 100


def test_otp_06_right_code_is_not_looked_at_at_the_ceiling(provider: Provider, bob: Person) -> None:
    """OTP-06: a page that was open before the hundredth failure takes no code after it, the right one neither."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    fill_up(provider, bob)
    with provider.nothing_issued():
        answered = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert answered.has("refuse-leave")
    assert provider.failures("second", bob) == 100


@pytest.mark.parametrize("way", ["passkey", "administrator"])
def test_otp_06_what_opens_a_closed_factor(provider: Provider, bob: Person, way: str) -> None:
    """OTP-06: a success with a passkey, or an administrator; a right password, alone or by mail, does not."""
    fill_up(provider, bob)
    bind(provider, bob, email=True)
    mailed, attempt = provider.browser(), provider.bank.attempt(acr_values="urn:idp:acr:2sv")
    page = mailed.follow(bob.identify(mailed, mailed.open(attempt.url)))
    assert not {"send-code", "code"} & page.document.ids, "the mailbox counts in the same budget"
    assert reached(provider, provider.browser(), bob).has("refuse-leave")
    if way == "passkey":
        device, browser = Authenticator(), provider.browser()
        give(provider, bob, device)
        attempt = provider.bank.attempt()
        assert provider.bank.tokens(attempt, use(browser, browser.open(attempt.url), device)).acr == "phr"
    else:
        staffed, _ = staff(provider, "helpdesk")
        staffed.follow(staffed.submit(staffed.open(f"/admin/people/{bob.id}"), button="unlock"))
    assert provider.failures("second", bob) == 0
    browser = provider.browser()
    page = browser.open(provider.bank.attempt(acr_values=MFA).url)
    page = browser.follow(bob.identify(browser, page))
    page = browser.follow(browser.submit(page, button="choose-totp")) if page.has("choose-totp") else page
    assert is_through(provider, bob.give_code(browser, page, bob.code(provider.clock.now())))


def fill_up(provider: Provider, person: Person) -> None:
    """Let a hundred wrong codes be counted."""
    with provider.database.transaction() as tx:
        for _ in range(100):
            key, now = f"second:{person.id}", provider.clock.now()
            throttle.reserve(tx, key, now=now, after=10**6, lock_for=timedelta(minutes=15), ceiling=None)


def reached(provider: Provider, browser: Browser, person: Person) -> Page:
    """Give name and password, and return what comes then."""
    return browser.follow(person.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))


def test_otp_06_right_code_is_refused_while_locked(provider: Provider, bob: Person) -> None:
    """OTP-06: during the lock even the right code opens nothing; after it, it does."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    for _ in range(10):
        provider.have_patience()
        answer = bob.give_code(browser, page, bob.wrong_code(provider.clock.now()))
        assert answer.status in {422, 429}
    with provider.nothing_issued():
        locked = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert locked.status in {200, 422, 429}
    assert "15 minutes" in locked.document.text
    provider.advance(15 * 60 + 1)
    fresh = provider.browser()
    assert is_through(provider, bob.give_code(fresh, challenge(provider, fresh, bob), bob.code(provider.clock.now())))


def test_otp_07_starting_over_does_not_reset(provider: Provider, bob: Person) -> None:
    """OTP-07: failures belong to the person; a new browser and the right password clear nothing."""
    for number in range(3):
        browser = provider.browser()
        page = challenge(provider, browser, bob)
        for _ in range(3):
            provider.have_patience()
            page = bob.give_code(browser, page, bob.wrong_code(provider.clock.now()))
        assert provider.failures("second", bob) == 3 * (number + 1)


def test_otp_07_full_success_resets(provider: Provider, bob: Person) -> None:
    """OTP-07: only a full success starts the count anew."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    page = bob.give_code(browser, page, bob.wrong_code(provider.clock.now()))
    assert is_through(provider, bob.give_code(browser, page, bob.code(provider.clock.now())))
    assert provider.failures("second", bob) == 0


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "CF-Connecting-IP", "True-Client-IP"])
def test_otp_09_headers_do_not_evade_the_budget(provider: Provider, bob: Person, header: str) -> None:
    """OTP-09: the budget belongs to the person, whatever address a header claims."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    _, url, entries = browser.fill(page, {"code": bob.wrong_code(provider.clock.now())}, button="challenge-submit")
    for number in range(10):
        provider.have_patience()
        browser.post(
            url,
            entries,
            headers={header: f"for=203.0.113.{number}" if header == "Forwarded" else f"203.0.113.{number}"},
        )
    with provider.nothing_issued():
        locked = bob.give_code(browser, page, bob.code(provider.clock.now()))
    assert not is_through(provider, locked)


def test_otp_09_passwords_have_one_budget_for_all_spellings(provider: Provider, bob: Person) -> None:
    """OTP-09: a name written otherwise is the same person and the same count."""
    browser = provider.browser()
    for number in range(12):
        spelling = [bob.username, bob.username.upper(), f" {bob.username} ", "\uff42" + bob.username[1:]][number % 4]
        provider.have_patience()
        page = browser.open(provider.bank.attempt().url)
        browser.submit(page, {"username": spelling, "password": "wrong"}, button="login-submit")
    stranger = provider.browser()
    page = stranger.open(provider.bank.attempt().url)
    with provider.nothing_issued():
        locked = bob.identify(stranger, page)
    assert locked.status in {422, 429}


def test_otp_12_failure_is_counted_before_the_answer_is_looked_at(provider: Provider, bob: Person) -> None:
    """OTP-12: a request that fails after the comparison has still used up an attempt."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    with provider.broken_after_verification(), provider.nothing_issued():
        assert bob.give_code(browser, page, bob.code(provider.clock.now())).status == 500
    assert provider.failures("second", bob) == 1


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_otp_18_window_is_one_step(provider: Provider, bob: Person, steps: int) -> None:
    """OTP-18: a code of two steps ago or ahead is refused (security.md, decided)."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    with provider.nothing_issued():
        assert bob.give_code(browser, page, bob.code(provider.clock.now(), steps=steps)).status == 422


def test_otp_24_pages_show_no_seed_and_are_not_stored(provider: Provider, bob: Person) -> None:
    """OTP-24: no page holds the seed, the code or the password, and none is kept by a cache."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    code = bob.code(provider.clock.now())
    bob.give_code(browser, page, bob.wrong_code(provider.clock.now()))
    bob.give_code(browser, page, code)
    for entry in browser.record:
        seen = entry.text + str(entry.reply.headers)
        assert bob.totp_secret not in seen
        assert bob.password not in seen
        assert f">{code}<" not in seen
        assert f'value="{code}"' not in seen
        assert "no-store" in entry.header("cache-control"), entry


@pytest.mark.parametrize("name", ["t", "time", "timestamp", "now", "counter", "step"])
def test_otp_25_client_does_not_choose_the_time(provider: Provider, bob: Person, name: str) -> None:
    """OTP-25: only our own clock says which code is due."""
    browser = provider.browser()
    page = challenge(provider, browser, bob)
    stale = bob.code(provider.clock.now(), steps=-5)
    then = str(int(provider.clock.now().timestamp()) - 150)
    _, url, entries = browser.fill(page, {"code": stale}, button="challenge-submit")
    with provider.nothing_issued():
        answer = browser.post(
            f"{url}?{name}={then}", [*entries, (name, then)], headers={"Date": "Thu, 01 Jan 2026 00:00:00 GMT"}
        )
    assert answer.status == 422


def test_otp_26_lock_does_not_bar_a_known_device(provider: Provider, bob: Person) -> None:
    """OTP-26: a stranger's thousand wrong passwords do not keep the person out of a browser that is known to us."""
    known = provider.browser()
    provider.sign_in(known, provider.bank, bob)
    known.jar.drop("session")
    stranger = provider.browser()
    for _ in range(30):
        provider.have_patience()
        page = stranger.open(provider.bank.attempt().url)
        bob.identify(stranger, page, password="wrong")
    attempt = provider.bank.attempt()
    assert provider.bank.tokens(attempt, bob.identify(known, known.open(attempt.url))).amr == {"pwd"}


def test_otp_26_lock_of_a_stranger_passes(provider: Provider, bob: Person) -> None:
    """OTP-26: no lock that a stranger can cause is for ever."""
    stranger = provider.browser()
    for _ in range(120):
        page = stranger.open(provider.bank.attempt().url)
        bob.identify(stranger, page, password="wrong")
        provider.have_patience()
    provider.advance(15 * 60 + 1)
    browser, attempt = provider.browser(), provider.bank.attempt()
    assert provider.bank.tokens(attempt, bob.identify(browser, browser.open(attempt.url))).amr == {"pwd"}


def test_otp_26_strangers_cannot_touch_the_second_factor(provider: Provider, bob: Person) -> None:
    """OTP-26: second factors count only after the right password."""
    stranger = provider.browser()
    page = stranger.open(provider.bank.attempt(acr_values=MFA).url)
    _, url, entries = stranger.fill(page, {}, button="login-submit")
    for _ in range(12):
        stranger.post(url, [*entries, ("code", "000000"), ("username", bob.username)])
    assert provider.failures("second", bob) == 0
