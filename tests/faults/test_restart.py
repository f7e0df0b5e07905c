"""Starting again: with old cookies, with other keys, with a broken policy, with a clock that has moved."""

from pathlib import Path

import pytest

from idp.core.errors import ConfigError
from tests.support.browser import Browser
from tests.support.person import Person
from tests.support.provider import KEY, MakeProvider, Provider

MFA = "urn:idp:acr:mfa"
OTHER_KEY = "0b6e5d1c8f3a49e27d50b1c6f8a2e94d7c3f"


def test_flt_34_sessions_survive_a_restart(provider: Provider, browser: Browser, alice: Person) -> None:
    """FLT-34: with the same key, who was signed in still is."""
    first = provider.sign_in(browser, provider.bank, alice)
    after = provider.restarted()
    attempt = after.bank.attempt()
    assert after.bank.tokens(attempt, after.adopt(browser).get(attempt.url)).auth_time == first.auth_time


def test_flt_34_half_done_sign_in_survives_a_restart(provider: Provider, browser: Browser, bob: Person) -> None:
    """FLT-34: who has given the password before the restart gives the code after it."""
    attempt = provider.bank.attempt(acr_values=MFA)
    page = browser.follow(bob.identify(browser, browser.open(attempt.url)))
    after = provider.restarted()
    done = bob.give_code(after.adopt(browser), page, bob.code(provider.clock.now()))
    assert after.bank.tokens(attempt, done).amr == {"pwd", "otp", "mfa"}


def test_flt_34_rotated_key_keeps_everything(provider: Provider, browser: Browser, bob: Person) -> None:
    """FLT-34: a new key in front of the old one signs nobody out, and seeds still open."""
    provider.sign_in(browser, provider.bank, bob)
    after = provider.restarted(keys=f"{OTHER_KEY},{KEY}")
    attempt = after.bank.attempt(acr_values=MFA)
    after.adopt(browser)
    done = bob.give_code(browser, browser.open(attempt.url), bob.code(provider.clock.now()))
    assert after.bank.tokens(attempt, done).acr == MFA


def test_flt_34_lost_key_is_told_at_start(provider: Provider) -> None:
    """FLT-34: under another key alone nothing sealed can be opened, so the service does not start, and says why."""
    with pytest.raises(ConfigError, match="keys: missing, or of no use"):
        provider.restarted(keys=OTHER_KEY)


@pytest.mark.parametrize(
    "value", ["", "x", "a.b.c", "0", "A" * 43, "A" * 200, "eyJhbGciOiJIUzI1NiJ9.e30.x", "%00", "é"]
)
def test_flt_34_cookies_of_another_time_are_no_reason_to_fail(provider: Provider, value: str) -> None:
    """FLT-34: whatever an older version may have left in a browser, the answer is the sign-in page."""
    browser = provider.browser()
    header = "; ".join(f"{provider.cookie(name)}={value}" for name in ("session", "login", "device", "theme"))
    page = browser.get(provider.bank.attempt().url, headers={"Cookie": header})
    assert page.status == 303
    assert browser.get(page.location).has("password")


BROKEN = {
    "syntax error": "bundle: [unclosed",
    "empty": "",
    "only a comment": "# nothing\n",
    "truncated": "bundle: x\nacr:\n  urn:idp:acr:1fa: {title: Signed in, needs: [any",
    "list": "- bundle\n- x\n",
    "unknown key": "bundle: x\nrulez: []\n",
    "nul": "bundle: x\x00\n",
    "yaml bomb": "a: &a [x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c]\n",
    "python tag": "bundle: !!python/object/apply:os.system ['true']\n",
    "huge": "bundle: x\n" + "# padding\n" * 1_000_000,
    "deep": "[" * 20_000,
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_flt_38_broken_policy_refuses_to_start(make_provider: MakeProvider, tmp_path: Path, text: str) -> None:
    """FLT-38: where there never was a good policy, there is no service; the file is named."""
    policy = tmp_path / "broken.yaml"
    policy.write_text(text)
    with pytest.raises(ConfigError) as error:
        make_provider(policy=str(policy), is_fresh=True)
    assert "broken.yaml" in str(error.value)


def test_flt_38_missing_policy_refuses_to_start(make_provider: MakeProvider, tmp_path: Path) -> None:
    """FLT-38: no file is no policy, and no policy is no service."""
    with pytest.raises(ConfigError):
        make_provider(policy=str(tmp_path / "nowhere.yaml"), is_fresh=True)
    with pytest.raises(ConfigError):
        make_provider(policy="no-such-name", is_fresh=True)


def test_flt_38_not_utf8_policy_refuses_to_start(make_provider: MakeProvider, tmp_path: Path) -> None:
    """FLT-38: bytes that are no text are no policy."""
    policy = tmp_path / "broken.yaml"
    policy.write_bytes(b"bundle: \xff\xfe\n")
    with pytest.raises(ConfigError):
        make_provider(policy=str(policy), is_fresh=True)


def test_flt_38_byte_order_mark_is_refused(make_provider: MakeProvider, tmp_path: Path) -> None:
    """FLT-38: a BOM before a good policy is told as what it is."""
    policy = tmp_path / "marked.yaml"
    policy.write_text("\ufeff" + Path("policies/always-mfa.yaml").read_text(), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"marked\.yaml: starts with a byte order mark"):
        make_provider(policy=str(policy), is_fresh=True)


@pytest.mark.parametrize(
    "text", [BROKEN["syntax error"], BROKEN["empty"], BROKEN["unknown key"]], ids=["syntax", "empty", "key"]
)
def test_flt_38_broken_live_policy_keeps_the_last_good(
    provider: Provider, browser: Browser, bob: Person, text: str
) -> None:
    """FLT-38: a broken bundle that reached the database never takes effect: the rules of before still hold."""
    provider.publish(Path("policies/always-mfa.yaml").read_text())
    assert browser.follow(bob.identify(browser, browser.open(provider.bank.attempt().url))).has("code")
    provider.publish(text)
    fresh = provider.browser()
    with provider.no_code_issued():
        assert fresh.follow(bob.identify(fresh, fresh.open(provider.bank.attempt().url))).has("code")


def test_flt_38_broken_live_policy_at_start_is_never_no_policy(provider: Provider, bob: Person) -> None:
    """FLT-38: a process that starts on a broken live bundle serves by the last good one, and says that it is not well.

    Otherwise whoever is restarted then would be gone until somebody has published another.
    """
    assert provider.bank.get("/readyz").json()["checks"]["policy"] == "ok"
    provider.publish(Path("policies/always-mfa.yaml").read_text())
    provider.publish(BROKEN["syntax error"])
    after = provider.restarted()
    fresh = after.browser()
    with after.no_code_issued():
        assert fresh.follow(bob.identify(fresh, fresh.open(after.bank.attempt().url))).has("code")
    assert after.bank.get("/readyz").json()["checks"]["policy"] == "degraded"


def test_flt_24_skewed_workers_do_not_accept_a_code_twice(provider: Provider, bob: Person) -> None:
    """FLT-24: what one node has accepted no other accepts, though its clock is 90 s off."""
    ahead = provider.restarted(skew=90)
    code = bob.code(provider.clock.now())
    for node, is_fresh in ((provider, True), (ahead, False)):
        browser = node.browser()
        page = browser.follow(bob.identify(browser, browser.open(node.bank.attempt(acr_values=MFA).url)))
        assert bool(bob.give_code(browser, page, code).location) is is_fresh


def test_flt_25_clock_set_back_revives_no_code(provider: Provider, bob: Person) -> None:
    """FLT-25: the step only rises, whatever the clock does."""
    code = bob.code(provider.clock.now())
    provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA)
    provider.advance(-3600)
    browser = provider.browser()
    page = browser.follow(bob.identify(browser, browser.open(provider.bank.attempt(acr_values=MFA).url)))
    with provider.nothing_issued():
        assert bob.give_code(browser, page, code).status == 422
        assert bob.give_code(browser, page, bob.code(provider.clock.now())).status == 422
    provider.advance(3600 + 60)
    assert provider.sign_in(provider.browser(), provider.bank, bob, acr_values=MFA).acr == MFA


def test_flt_25_clock_set_ahead_asks_to_sign_in(provider: Provider, browser: Browser, bob: Person) -> None:
    """FLT-25: a day and a year later sessions have ended and nothing fails."""
    provider.sign_in(browser, provider.bank, bob, acr_values=MFA)
    for seconds in (86_400, 365 * 86_400):
        provider.advance(seconds)
        assert browser.open(provider.bank.attempt(acr_values=MFA).url).has("password")


def test_flt_48_lost_reply_costs_a_new_sign_in_and_no_more(provider: Provider, browser: Browser, alice: Person) -> None:
    """FLT-48: who never saw the reply and sends the code again gets `invalid_grant`, and can simply sign in again.

    What the reply had in it is worth nothing then, whoever has it (RFC 6749 §4.1.2).
    """
    provider.sign_in(browser, provider.bank, alice)
    attempt, code = provider.code(browser, provider.bank)
    lost = provider.bank.redeem(attempt, code)
    assert provider.bank.userinfo(lost.json()["access_token"]).status == 200
    with provider.no_token_issued():
        assert provider.bank.redeem(attempt, code).json()["error"] == "invalid_grant"
    assert provider.bank.userinfo(lost.json()["access_token"]).status == 401
    attempt, code = provider.code(browser, provider.bank)
    assert provider.bank.redeem(attempt, code).status == 200
