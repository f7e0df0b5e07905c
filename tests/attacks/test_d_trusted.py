"""Table D and rows ACR-16, ACR-24: browsers that are trusted, and what they never are."""

import json
from pathlib import Path

import pytest

from idp.records.users import store as users
from tests.support.account import call
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, held, set_up_totp
from tests.support.outbox import messages
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider
from tests.support.recovery import report, report_link, reset

MFA, ONE = "urn:idp:acr:mfa", "urn:idp:acr:1fa"
DEVICES = "/account/devices"
DAY = 24 * 3600


@pytest.fixture
def provider(make_provider: MakeProvider) -> Provider:
    """A provider whose rules excuse trusted browsers from the second step."""
    provider = make_provider()
    provider.publish(Path("policies", "default.yaml").read_text())
    return provider


@pytest.fixture
def bob(provider: Provider) -> Person:
    return provider.people["bob"]


@pytest.fixture
def trusting(provider: Provider, bob: Person) -> Browser:
    """A browser that bob trusts, in which nobody is signed in any more."""
    browser = provider.browser()
    assert trust(provider, browser, bob).location.startswith("https://rp1.test")
    return forget_session(provider, browser)


def challenged(provider: Provider, browser: Browser, person: Person, **asked: str) -> Page:
    """Give name and password; stop at the page that follows, or at the answer."""
    return browser.follow(person.identify(browser, browser.open(provider.bank.attempt(**asked).url)))


def trust(provider: Provider, browser: Browser, person: Person) -> Page:
    """Sign in with both factors, and wish that the browser be trusted."""
    provider.advance(30)  # so that the code is a fresh one
    page = challenged(provider, browser, person)
    code = person.code(provider.clock.now())
    return browser.submit(page, {"code": code, "trust_device": "1"}, button="challenge-submit")


def forget_session(provider: Provider, browser: Browser) -> Browser:
    """Close the browser: what ends with it is gone."""
    browser.jar.drop(provider.cookie("session"))
    browser.jar.drop(provider.cookie("login"))
    return browser


def signs_in(provider: Provider, browser: Browser, person: Person) -> bool:
    """Tell whether name and password suffice in this browser."""
    return challenged(provider, browser, person).location.startswith("https://rp1.test")


def test_trusted_browser_is_excused_and_says_so(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4, ACR-16: the password signs bob in at the first level; the token never says more (NIST SP 800-63B-4 §5.1)."""
    tokens = provider.sign_in(trusting, provider.bank, bob)
    assert (tokens.acr, tokens.amr) == (ONE, {"pwd"})
    assert not signs_in(provider, provider.browser(), bob)


@pytest.mark.parametrize(
    "asked",
    [{"acr_values": MFA}, {"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": [MFA]}}})}],
    ids=["voluntary", "essential"],
)
def test_acr_24_trust_claims_nothing(provider: Provider, bob: Person, trusting: Browser, asked: dict[str, str]) -> None:
    """ACR-24: whoever asks for multi-factor gets the challenge, a trusted browser or not."""
    assert challenged(provider, trusting, bob, **asked).has("challenge-submit")


def test_enr_17_trust_is_of_one_person(provider: Provider, trusting: Browser) -> None:
    """ENR-17: bob's browser is nobody else's: with carol's password it is challenged, and bob's trust stays."""
    carol, bob = provider.people["carol"], provider.people["bob"]
    assert challenged(provider, trusting, carol).has("challenge-submit")
    assert signs_in(provider, trusting, bob)


def test_trust_of_several_people_in_one_browser(provider: Provider, bob: Person, trusting: Browser) -> None:
    """Each signs in by their own."""
    carol = provider.people["carol"]
    assert trust(provider, trusting, carol).location.startswith("https://rp1.test")
    for person in (bob, carol, bob):
        forget_session(provider, trusting)
        assert signs_in(provider, trusting, person)


def test_enr_20_trust_takes_a_full_success(provider: Provider, bob: Person) -> None:
    """ENR-20: the wish beside a password, or beside a wrong code, is ignored, and stays ignored after a right one."""
    browser = provider.browser()
    page = browser.open(provider.bank.attempt().url)
    _, url, entries = browser.fill(page, {"username": bob.username, "password": bob.password}, button="login-submit")
    page = browser.follow(browser.post(url, [*entries, ("trust_device", "1")]))
    typed = {"code": bob.wrong_code(provider.clock.now()), "trust_device": "1"}
    page = browser.submit(page, typed, button="challenge-submit")
    assert page.status == 422
    assert provider.count("trusted_devices") == 0
    assert bob.give_code(browser, page, bob.code(provider.clock.now())).location.startswith("https://rp1.test")
    assert provider.count("trusted_devices") == 0
    assert not signs_in(provider, forget_session(provider, browser), bob)


def test_enr_20_reset_trusts_nothing(provider: Provider, bob: Person) -> None:
    """ENR-20: nor does a reset, whatever its form says."""
    reset(provider, bob)
    assert provider.count("trusted_devices") == 0


@pytest.mark.parametrize(("days", "uses"), [(14, ()), (30, (10, 20)), (29, (10, 20))], ids=["idle", "over", "good"])
def test_trust_ends(provider: Provider, bob: Person, trusting: Browser, days: int, uses: tuple[int, ...]) -> None:
    """E4: after 14 days without use, and after 30 in any case."""
    passed = 0
    for day in uses:
        provider.advance((day - passed) * DAY)
        passed = day
        assert signs_in(provider, trusting, bob)
        forget_session(provider, trusting)
    provider.advance((days - passed) * DAY)
    assert signs_in(provider, trusting, bob) is (days == 29)


def test_trust_is_another_secret_at_each_use(provider: Provider, bob: Person, trusting: Browser) -> None:
    """A copied cookie is worth nothing once it was used, and whoever brings it ends the trust for both."""
    thief = provider.browser()
    thief.jar = trusting.jar.copy()
    assert signs_in(provider, trusting, bob)
    assert not signs_in(provider, thief, bob)
    assert provider.count("trusted_devices") == 0
    assert not signs_in(provider, forget_session(provider, trusting), bob)


def test_trust_is_not_voided_without_the_password(provider: Provider, bob: Person, trusting: Browser) -> None:
    """Who holds an old cookie alone cannot end it."""
    thief = provider.browser()
    thief.jar = trusting.jar.copy()
    assert signs_in(provider, trusting, bob)
    page = bob.identify(thief, thief.open(provider.bank.attempt().url), password="a guess of somebody else")
    assert page.status == 422
    assert provider.count("trusted_devices") == 1


def test_trust_is_kept_as_a_hash(provider: Provider, trusting: Browser) -> None:
    """The database holds no secret of the cookie."""
    secret = trusting.jar.get(provider.cookie("device")).partition(".")[2].partition("-")[2]
    assert len(secret) == 43
    assert secret not in provider.dump()


def test_trust_goes_with_the_password(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4: a reset voids it, in every browser, whoever wishes to stay signed in included."""
    bob = reset(provider, bob)
    assert not signs_in(provider, trusting, bob)
    assert provider.count("trusted_devices") == 0


def test_trust_goes_with_each_change_of_factors(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4: another app, and one less, void it in every browser: a thief's trust ends with what the person changes."""
    provider.advance(30)
    browser = provider.browser()
    provider.sign_in(browser, provider.bank, bob)
    before = held(provider, bob)
    page = browser.follow(browser.submit(browser.open("/account/factors"), button="add-totp"))
    set_up_totp(provider, browser, page, bob)
    assert provider.count("trusted_devices") == 0
    assert not signs_in(provider, trusting, bob)
    assert trust(provider, forget_session(provider, trusting), bob).location.startswith("https://rp1.test")
    assert provider.count("trusted_devices") == 1
    (new,) = set(held(provider, bob)) - set(before)
    browser.follow(browser.submit(browser.open(f"/account/factors/{new}"), button="remove-submit"))
    assert held(provider, bob) == before
    assert provider.count("trusted_devices") == 0
    assert not signs_in(provider, forget_session(provider, trusting), bob)


def test_trust_goes_with_a_report(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E9: this was not me drops it, whoever's browser it is; answering the report later brings none of it back."""
    provider.advance(30)
    provider.sign_in(provider.browser(), provider.bank, bob)
    assert provider.count("trusted_devices") == 1
    assert report(provider.browser(), report_link(provider, address(bob))).status == 200
    assert provider.count("trusted_devices") == 0
    assert provider.count("known_devices") == 0
    provider.advance(30)
    provider.sign_in(provider.browser(), provider.bank, bob)
    assert not signs_in(provider, trusting, bob)


def test_trust_is_not_honoured_while_risk_is_high(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4: after a report the browser is challenged, and offered no trust."""
    with provider.database.transaction() as tx:
        users.set_reported(tx, bob.id, provider.clock.now())
    page = challenged(provider, trusting, bob)
    assert page.has("challenge-submit")
    assert not page.has("trust-device")


def test_trust_is_offered_only_where_it_helps(make_provider: MakeProvider) -> None:
    """Under rules that excuse no trusted browser nobody is asked for one, and a wish is ignored."""
    provider = make_provider()
    bob, browser = provider.people["bob"], provider.browser()
    page = challenged(provider, browser, bob, acr_values=MFA)
    assert not page.has("trust-device")
    _, url, entries = browser.fill(page, {"code": bob.code(provider.clock.now())}, button="challenge-submit")
    assert browser.post(url, [*entries, ("trust_device", "1")]).location.startswith("https://rp1.test")
    assert provider.count("trusted_devices") == 0


def test_trust_is_listed_and_ended_singly(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4: a person sees what they trust and stops one or all; nobody else's is among them."""
    other = provider.browser()
    trust(provider, other, bob)
    stranger = provider.browser()
    trust(provider, stranger, provider.people["carol"])
    page = other.open(DEVICES)
    mine = [each for each in page.document.ids if each.startswith("untrust-") and each != "untrust-all"]
    assert len(mine) == 2
    theirs = next(iter(provider.stored("trusted_devices", "id") - {each.removeprefix("untrust-") for each in mine}))
    _, url, entries = other.fill(page, {}, button="untrust-all")
    assert other.post(url, [*(pair for pair in entries if pair[0] != "choice"), ("choice", f"untrust:{theirs}")])
    assert provider.count("trusted_devices") == 3
    page = other.follow(other.submit(page, button=mine[0]))
    assert provider.count("trusted_devices") == 2
    assert other.follow(other.submit(page, button="untrust-all")).status == 200
    assert provider.stored("trusted_devices", "id") == {theirs}
    assert other.post(DEVICES, {"choice": "untrust_all"}).status == 403


def test_trust_goes_with_signing_out_everywhere(provider: Provider, bob: Person, trusting: Browser) -> None:
    """E4: so does whatever was trusted."""
    browser = provider.browser()
    trust(provider, browser, bob)
    page = browser.open("/account/sessions")
    browser.follow(browser.submit(page, button="end-all"))
    assert provider.count("trusted_devices") == 0


def test_enr_23_new_browsers_are_told(provider: Provider, bob: Person) -> None:
    """E9: the first sign-in from a browser is told, unless it is the person's first of all; then it is known."""
    first, second = provider.browser(), provider.browser()
    for browser, notices in ((first, 0), (first, 0), (second, 1), (second, 1)):
        provider.advance(30)
        person = provider.people["bob"]
        provider.sign_in(forget_session(provider, browser), provider.bank, person)
        assert len(messages(provider.database, purpose="notice")) == notices
    assert "New sign-in" in messages(provider.database)[0].subject


@pytest.mark.parametrize("way", ["page", "api"])
def test_signing_out_everywhere_else_ends_trust_there_and_not_here(provider: Provider, bob: Person, way: str) -> None:
    """Who signs out elsewhere wants nobody to come back there; the browser in front of them stays trusted."""
    here, there = provider.browser(), provider.browser()
    trust(provider, there, bob)
    trust(provider, here, bob)
    assert provider.count("trusted_devices") == 2
    if way == "page":
        page = here.get("/account/sessions")
        here.follow(here.submit(page, button="end-others"))
    else:
        assert call(here, "DELETE", "/sessions").status == 204
    assert len(here.get("/account/devices").document.forms) > 0
    assert provider.count("trusted_devices") == 1
    assert challenged(provider, forget_session(provider, there), bob).has("challenge-submit")
    assert challenged(provider, forget_session(provider, here), bob).location.startswith("https://rp1.test")


def test_signing_out_everywhere_else_keeps_no_trust_that_was_copied(provider: Provider, bob: Person) -> None:
    """An older secret of a trust that has moved on is no sign of the browser that it was given to."""
    here = provider.browser()
    trust(provider, here, bob)
    thief = provider.browser()
    thief.jar = here.jar.copy()
    assert challenged(provider, forget_session(provider, here), bob).location.startswith("https://rp1.test")
    assert call(thief, "DELETE", "/sessions").status == 204
    assert provider.count("trusted_devices") == 0
