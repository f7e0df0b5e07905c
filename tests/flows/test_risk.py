"""Risk at the front door, under the default policy: dora has a password and a mailbox, so nothing else asks her."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from idp.core.tokens import SystemTokens
from idp.login import denials
from idp.login.assessing import peppers
from idp.login.assessing.taking_back import take_back
from idp.records.risks import store as risks
from idp.risk.population import Lesson
from tests.support.atlas import BERGEN, FIREFOX, OSLO, PHONE, RELAY, TOKYO, TOR, browser_at, moved, write_atlas
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind
from tests.support.outbox import newest_code
from tests.support.person import Person
from tests.support.provider import MakeProvider, Provider

DAY, HOUR = 86400, 3600
World = Callable[..., tuple[Provider, Person]]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return write_atlas(tmp_path_factory.mktemp("atlas"))


@pytest.fixture
def world(make_provider: MakeProvider, atlas: dict[str, str]) -> World:
    """Makes a provider on the default policy; dora has signed in from Oslo on three days, in one browser."""

    def make(**settings: str) -> tuple[Provider, Person]:
        provider = make_provider(policy="default", is_fresh=True, **(atlas | settings))
        dora = provider.add_person("dora")
        bind(provider, dora, email=True)
        return provider, dora

    return make


def at_home(provider: Provider, dora: Person, days: int = 3) -> Browser:
    browser = browser_at(provider, OSLO)
    for _ in range(days):
        assert signed_in(provider, browser, dora), "the usual place asks nothing"
        provider.advance(DAY)
    return browser


def arrive(provider: Provider, browser: Browser, person: Person) -> Page:
    """Sign in with the password and return where that leads."""
    page = browser.open(provider.bank.attempt(prompt="login").url)
    answer = person.identify if page.has("login-submit") else person.give_password
    return browser.follow(answer(browser, page))


def signed_in(provider: Provider, browser: Browser, person: Person) -> bool:
    """Sign in with the password; false when more is asked."""
    return bool(arrive(provider, browser, person).location)


def prove_by_mail(provider: Provider, browser: Browser, page: Page, person: Person) -> Page:
    sent = browser.follow(browser.submit(page, button="send-code"))
    return person.give_code(browser, sent, newest_code(provider.database, address(person)))


def facts(provider: Provider) -> dict[str, Any]:
    """Return the facts of the newest decision."""
    with provider.database.engine().connect() as connection:
        found = connection.execute(text("SELECT snapshot FROM decisions ORDER BY at DESC, id LIMIT 1")).scalar_one()
    return dict(json.loads(found)["values"])


def test_a_new_network_and_browser_is_asked_why_and_afterwards_no_longer(world: World) -> None:
    """The page says that the sign-in is unusual; once it has proved itself it is a usual one."""
    provider, dora = world()
    at_home(provider, dora)
    browser = browser_at(provider, TOKYO, PHONE)
    provider.advance(30 * HOUR)
    with provider.no_code_issued():
        page = arrive(provider, browser, dora)
    assert page.has("send-code")
    assert "looks different from your usual ones" in page.document.text
    assert prove_by_mail(provider, browser, page, dora).location
    found = facts(provider)
    assert found["risk.band"] in ("challenge", "high")
    assert {"country_new", "device_new"} & set(found["risk.signals"])
    assert found["net.country"] == "JP"
    provider.advance(DAY)
    assert signed_in(provider, browser, dora)


def test_a_new_browser_at_home_is_not_asked(world: World) -> None:
    """Somebody who bought a phone."""
    provider, dora = world()
    at_home(provider, dora, days=1)
    assert signed_in(provider, browser_at(provider, OSLO, PHONE), dora)


def test_one_failed_challenge_teaches_nothing(world: World) -> None:
    """However often it is tried: no history is poisoned by trying (risk.md §5.3)."""
    provider, dora = world()
    at_home(provider, dora)
    before = provider.stored("risk_histories", "blob")
    browser = browser_at(provider, TOKYO, PHONE)
    for _ in range(3):
        page = browser.follow(browser.submit(arrive(provider, browser, dora), button="send-code"))
        dora.give_code(browser, page, "000000")
        provider.advance(HOUR)
    assert provider.stored("risk_histories", "blob") == before
    assert not signed_in(provider, browser, dora)


def test_an_impossible_journey_is_asked(world: World) -> None:
    """The very browser description from the very provider, an hour later on the other side of the world."""
    provider, dora = world()
    at_home(provider, dora)
    for _ in range(2):  # Tokyo is not new to her
        visitor = browser_at(provider, TOKYO)
        page = arrive(provider, visitor, dora)
        assert page.location or prove_by_mail(provider, visitor, page, dora).location
        provider.advance(2 * DAY)
    assert signed_in(provider, moved(provider, visitor, OSLO), dora)
    provider.advance(HOUR)
    assert not signed_in(provider, browser_at(provider, TOKYO), dora)


def test_the_same_journey_with_the_own_device_or_through_a_relay_is_no_journey(world: World) -> None:
    """Whoever has the device with them has a reason; a relay is nobody's place."""
    provider, dora = world()
    browser = at_home(provider, dora)
    provider.advance(-DAY + HOUR)
    arrive(provider, moved(provider, browser, TOKYO), dora)
    assert "travel.kmh" not in facts(provider)
    arrive(provider, browser_at(provider, RELAY), dora)
    assert "impossible_travel" not in json.dumps(facts(provider))


def test_the_next_town_is_no_impossible_journey(world: World) -> None:
    """Both radii and 100 km are taken off: Bergen is 300 km away, an hour by aeroplane."""
    provider, dora = world()
    at_home(provider, dora)
    provider.advance(-DAY + HOUR)
    page = arrive(provider, browser_at(provider, BERGEN), dora)
    assert page.location or prove_by_mail(provider, browser_at(provider, BERGEN), page, dora)
    assert facts(provider).get("travel.kmh", 0) < 900


def test_a_tor_exit_is_asked_whoever_comes(world: World) -> None:
    """At least the middle band, even for somebody without a past."""
    provider, dora = world()
    browser = browser_at(provider, TOR)
    page = arrive(provider, browser, dora)
    assert page.has("send-code")
    assert prove_by_mail(provider, browser, page, dora).location
    assert facts(provider)["risk.listed_address"] is True
    assert facts(provider)["net.tor"] is True


def test_no_header_tells_where_somebody_is(world: World) -> None:
    """A client that says it is at home is where its connection comes from."""
    provider, dora = world()
    at_home(provider, dora)
    browser = browser_at(provider, TOKYO, PHONE)
    home = dict.fromkeys(("X-Forwarded-For", "X-Real-IP", "Forwarded", "CF-Connecting-IP", "True-Client-IP"), OSLO)
    page = signed_in_with(provider, browser, dora, home)
    assert not page.location
    assert page.has("send-code")


def signed_in_with(provider: Provider, browser: Browser, person: Person, headers: dict[str, str]) -> Page:
    """Sign in with the password and these headers, and return where that leads."""
    page = browser.open(provider.bank.attempt(prompt="login").url)
    assert page.header("accept-ch") == "Sec-CH-UA-Model, Sec-CH-UA-Platform-Version"
    typed = {"username": person.username, "password": person.password}
    _, url, entries = browser.fill(page, typed, button="login-submit")
    return browser.follow(browser.post(url, entries, headers=headers))


def test_what_a_browser_tells_of_its_device_counts_and_silence_does_not(world: World) -> None:
    """Asked on the page, told with the answer (User-Agent Client Hints)."""
    provider, dora = world()
    model = {"Sec-CH-UA-Model": '"Pixel 9"', "Sec-CH-UA-Platform-Version": '"15.0.0"'}
    home = browser_at(provider, OSLO, PHONE)
    for _ in range(3):
        assert signed_in_with(provider, home, dora, model).location
        provider.advance(DAY)
    assert "hints_absent" not in facts(provider)["risk.signals"]
    signed_in_with(provider, browser_at(provider, OSLO, PHONE), dora, model | {"Sec-CH-UA-Model": '"Pixel 4"'})
    assert "model_new" in newest_terms(provider)
    provider.advance(1)
    silent = browser_at(provider, OSLO, PHONE)
    arrive(provider, silent, dora)
    assert not {"model_new", "model_usual"} & newest_terms(provider)
    assert "hints_absent" in facts(provider)["risk.signals"]


def test_odd_hints_are_no_hints(provider: Provider) -> None:
    """What is no string (RFC 9651) is as good as nothing, and breaks nothing."""
    for odd in ("Pixel", '"', '""', '"a"b"', '"\\"', f'"{"x" * 80}"', "?1"):
        headers = {"Sec-CH-UA-Model": odd, "Sec-CH-UA-Platform-Version": odd}
        assert signed_in_with(provider, provider.browser(), provider.people["alice"], headers).location, odd
        assert "hints_absent" in newest_signals(provider), odd
        provider.advance(1)


def newest_terms(provider: Provider) -> set[str]:
    return {code for code, _ in newest_assessment(provider)["terms"]}


def newest_signals(provider: Provider) -> set[str]:
    return set(newest_assessment(provider)["signals"])


def newest_assessment(provider: Provider) -> dict[str, Any]:
    """Return the newest assessment as it is kept, or as its interaction still has it."""
    with provider.database.engine().connect() as connection:
        kept = "SELECT at, assessment FROM risk_assessments"
        open_ = "SELECT created_at AS at, assessment FROM interactions WHERE assessment IS NOT NULL"
        newest = f"SELECT assessment FROM ({kept} UNION ALL {open_}) AS both_ ORDER BY at DESC LIMIT 1"
        return dict(json.loads(connection.execute(text(newest)).scalar_one()))


@pytest.mark.parametrize(
    ("setting", "name"),
    [
        ("IDP_GEOIP_CITY", "city.mmdb"),
        ("IDP_GEOIP_ASN", "asn.mmdb"),
        ("IDP_IP_LISTS", "lists"),
        ("IDP_DISPOSABLE_MAIL", "mail.txt"),
    ],
)
def test_a_file_that_breaks_lets_nobody_through(world: World, tmp_path: Path, setting: str, name: str) -> None:
    """It should be there and cannot be read: even the usual place is asked, and the page still answers."""
    broken = tmp_path / name
    if setting == "IDP_IP_LISTS":
        broken.mkdir()
        (broken / "tor.txt").write_text("<html>gone</html>")
    else:
        broken.write_bytes(b"\xff not what it should be")
    provider, dora = world(**{setting: str(broken)})
    with provider.no_code_issued():
        page = arrive(provider, browser_at(provider, OSLO), dora)
    assert page.has("send-code")


def test_a_crashed_assessment_lets_nobody_through(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever fails within, risk is unknown, and unknown is asked."""
    provider, dora = world()
    browser = at_home(provider, dora)

    def crash(*arguments: object, **named: object) -> None:
        raise RuntimeError("broken within")

    monkeypatch.setattr("idp.login.assessing.assessor.assess", crash)
    page = arrive(provider, browser, dora)
    assert page.has("send-code")


def test_without_any_file_it_works_from_what_there_is(make_provider: MakeProvider) -> None:
    """Absence is neutral and says so; a new network with a new browser is told by addresses alone."""
    provider = make_provider(policy="default", is_fresh=True)
    dora = provider.add_person("dora")
    bind(provider, dora, email=True)
    browser = at_home(provider, dora)
    absent = {f"{name}_absent" for name in ("city", "asn", "lists", "mail_domains", "hints", "phone")}
    assert absent <= set(facts(provider)["risk.signals"])
    assert not signed_in(provider, browser_at(provider, TOKYO, PHONE), dora)
    assert signed_in(provider, browser, dora)


def test_recorded_only_risk_is_kept_and_asks_nobody(world: World) -> None:
    """IDP_RECORD_ONLY: no rule sees it, the assessment is there to be looked at."""
    provider, dora = world(IDP_RECORD_ONLY="1")
    at_home(provider, dora)
    assert signed_in(provider, browser_at(provider, TOKYO, PHONE), dora)
    assert "risk.band" not in facts(provider)
    assert provider.stored("risk_assessments", "band") > {"low"}
    assert not signed_in_taught(provider), "what was not verified taught nothing"


def signed_in_taught(provider: Provider) -> bool:
    with provider.database.engine().connect() as connection:
        return bool(
            connection.execute(text("SELECT count(*) FROM risk_assessments WHERE taught AND band <> 'low'")).scalar()
        )


def test_nothing_readable_is_kept_of_where_somebody_was(world: World) -> None:
    """Histories hold hashes; a second person's past is not touched by the first one's."""
    provider, dora = world()
    at_home(provider, dora)
    blob = next(iter(provider.stored("risk_histories", "blob")))
    for value in (OSLO, FIREFOX, "Firefox", "29695"):
        assert value.encode() not in bytes(blob)
    assert provider.count("risk_histories") == 1


def test_it_was_not_me_takes_back_what_the_stranger_taught(world: World) -> None:
    """The stranger's network and device are as strange as before."""
    provider, dora = world()
    at_home(provider, dora)
    stranger = browser_at(provider, TOKYO, PHONE)
    page = arrive(provider, stranger, dora)
    assert prove_by_mail(provider, stranger, page, dora).location, "who reads the mail gets in, and is learned"
    provider.advance(HOUR)
    assert signed_in(provider, stranger, dora)
    with provider.database.transaction() as tx:
        assert take_back(tx, dora.id, noticed_at=provider.clock.now(), now=provider.clock.now()) == 2
        assert take_back(tx, "nobody", noticed_at=provider.clock.now(), now=provider.clock.now()) == 0
    assert not signed_in(provider, browser_at(provider, TOKYO, PHONE), dora)
    with provider.database.transaction() as tx:
        said = risks.count(tx, provider.clock.now() - timedelta(days=30))
    assert sum(total for (_, feedback), total in said.items() if feedback == "was_not_me") == 2


def fail(provider: Provider, browser: Browser, username: str, times: int) -> None:
    page = browser.open(provider.bank.attempt(prompt="login").url)
    for _ in range(times):
        page = browser.submit(page, {"username": username, "password": "wrong"}, button="login-submit")


def test_the_first_success_after_failures_is_asked(world: World) -> None:
    """A stranger who has guessed it; her own device, on which she mistypes, is not asked."""
    provider, dora = world()
    home = at_home(provider, dora)
    arrive(provider, browser_at(provider, OSLO), dora)
    provider.advance(HOUR)
    fail(provider, home, "dora", 5)
    provider.advance(60)
    assert signed_in(provider, home, dora)
    provider.advance(1)
    stranger = browser_at(provider, OSLO)
    fail(provider, stranger, "dora", 5)
    provider.advance(60)
    page = arrive(provider, stranger, dora)
    assert page.has("send-code")
    assert prove_by_mail(provider, stranger, page, dora).location
    assert {"velocity", "after_failures"} <= set(facts(provider)["risk.signals"])
    assert facts(provider)["risk.after_failures"] is True
    assert provider.count("risk_failures") == 0, "a full success forgets them"


def test_a_success_among_many_accounts_is_asked(world: World) -> None:
    """One address, many names, few tries each: whoever gets in from there now is asked (credential stuffing)."""
    provider, dora = world()
    sprayer = browser_at(provider, OSLO)
    for number in range(20):
        fail(provider, sprayer, f"somebody{number}", 1)
    victim = browser_at(provider, OSLO)
    page = arrive(provider, victim, dora)
    assert page.has("send-code")
    assert prove_by_mail(provider, victim, page, dora).location
    assert facts(provider)["risk.spray"] is True
    provider.advance(HOUR)
    assert signed_in(provider, browser_at(provider, OSLO), provider.add_person("frida")), "it is over after minutes"


def test_failures_of_a_whole_provider_are_told(world: World) -> None:
    """From many addresses, each once: together they are far more than the provider's share of everybody."""
    provider, dora = world()
    with provider.database.transaction() as tx:
        for _ in range(100):
            risks.add_lesson(tx, Lesson(network=(1, 2, 3, 4, 5), client=(6, 7)))
    at_home(provider, dora, days=1)
    for number in range(20):
        fail(provider, browser_at(provider, f"126.0.{number}.9"), f"somebody{number}", 1)
    provider.advance(31)
    page = arrive(provider, browser_at(provider, "126.0.99.1"), dora)
    assert "provider_failing" in newest_signals(provider)
    assert page.has("send-code")
    assert "provider_failing" not in signals_at(provider, OSLO, dora), "elsewhere nothing is unusual"


def signals_at(provider: Provider, address: str, person: Person) -> set[str]:
    provider.advance(1)
    arrive(provider, browser_at(provider, address), person)
    return newest_signals(provider)


def test_something_of_consequence_right_after_a_new_device_is_asked(world: World) -> None:
    """Whoever has just come with another device proves more before the export, for a quarter of an hour."""
    provider, dora = world()
    home = at_home(provider, dora, days=2)
    assert signed_in(provider, home, dora)
    assert not home.open("/account/export").has("send-code"), "the usual device asks nothing"
    new = browser_at(provider, OSLO, PHONE)
    assert signed_in(provider, new, dora)
    provider.advance(60)
    asked = new.open("/account/export")
    assert asked.has("send-code")
    assert "action_after_new_device" in newest_signals(provider)
    provider.advance(15 * 60)
    assert not new.open("/account/export").has("send-code")


def test_a_denial_is_high_risk_and_told_with_the_assessment(world: World) -> None:
    """Whoever said of a sign-in that it was not theirs: the next is high, from home and with their own device too."""
    provider, dora = world()
    home = at_home(provider, dora)
    with provider.database.transaction() as tx:
        denials.close(tx, dora.id, provider.clock.now())
    page = arrive(provider, home, dora)
    assert page.has("send-code")
    assert prove_by_mail(provider, home, page, dora).location
    assert newest_assessment(provider)["band"] == facts(provider)["risk.band"] == "high"
    assert "prompt_denied" in newest_signals(provider)
    provider.advance(25 * HOUR)
    assert signed_in(provider, home, dora)


def test_a_new_pepper_makes_nobody_a_stranger(world: World) -> None:
    """Known is known under the next one, and what a stranger taught is taken back all the same."""
    provider, dora = world()
    home = at_home(provider, dora)
    stranger = browser_at(provider, TOKYO, PHONE)
    page = arrive(provider, stranger, dora)
    assert prove_by_mail(provider, stranger, page, dora).location
    provider.advance(HOUR)
    before = provider.stored("risk_histories", "blob")
    with provider.database.transaction() as tx:
        assert peppers.renew(tx, tokens=SystemTokens(), now=provider.clock.now() + peppers.YEARLY) == 1
    assert signed_in(provider, stranger, dora), "as known as before"
    assert signed_in(provider, home, dora)
    assert newest_assessment(provider)["moves"]
    assert len(next(iter(provider.stored("risk_histories", "blob")))) == len(next(iter(before)))
    with provider.database.transaction() as tx:
        assert take_back(tx, dora.id, noticed_at=provider.clock.now(), now=provider.clock.now()) == 3
    assert not signed_in(provider, browser_at(provider, TOKYO, PHONE), dora)


def test_acr_25_low_risk_lifts_nothing(world: World) -> None:
    """ACR-25: where everything is usual, a password is a password: a higher level takes its proof all the same."""
    provider, dora = world()
    home = at_home(provider, dora)
    assert arrive(provider, home, dora).location.startswith(provider.bank.redirect_uri)
    attempt = provider.bank.attempt()
    tokens = provider.bank.tokens(attempt, home.get(attempt.url))
    assert (tokens.acr, tokens.amr) == ("urn:idp:acr:1fa", {"pwd"})
    with provider.no_code_issued():
        page = home.open(provider.bank.attempt(acr_values="urn:idp:acr:mfa").url)
    assert page.status == 200
