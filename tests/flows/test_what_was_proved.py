"""One table: what an ID token says after each combination of proofs, and nothing more (RFC 8176; policy.md §2)."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from idp.core.tokens import SystemTokens
from idp.factors.backup_code import BackupCode
from idp.factors.base import Cost
from idp.factors.passkey.site import Terms
from idp.records.users.backup_codes import store as backup_codes
from idp.records.users.credentials import store as credentials
from tests.support.authenticator import BE, BS, UP, UV, Authenticator
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, send
from tests.support.fixtures import Template, maker
from tests.support.outbox import newest_code
from tests.support.passkeys import give, under, use
from tests.support.person import Person
from tests.support.provider import Provider

ONE, TWO, MFA, PHR = "urn:idp:acr:1fa", "urn:idp:acr:2sv", "urn:idp:acr:mfa", "phr"
TERMS = Terms(user_verification="preferred", attestation="none", synced="allowed")
NUMBER = "+12025550188"
CODE = "8GJ2KX4P7A"


@dataclass(frozen=True)
class Scene:
    """Two providers: at the demo's policy proofs are asked by the application alone, at the other by rules."""

    plain: Provider
    ruled: Provider


@pytest.fixture(scope="module")
def scene(request: pytest.FixtureRequest, filled: Template) -> Iterator[Scene]:
    with ExitStack() as stack:
        make = stack.enter_context(maker(request, filled))
        plain, ruled = make(), make()
        under(plain, user_verification="preferred")
        ruled.publish(Path("policies", "default.yaml").read_text())
        yield Scene(plain, ruled)


def texted(provider: Provider, person: Person) -> Person:
    bind(provider, person, phone=NUMBER)
    return person


def mailed(provider: Provider, person: Person) -> Person:
    bind(provider, person, email=True)
    return person


def with_app(provider: Provider, person: Person) -> Person:
    return provider.enrol_totp(person)


def listed(provider: Provider, person: Person) -> Person:
    """Give somebody an app, and a list of one code."""
    new, tokens = BackupCode(cost=Cost(memory_kib=8, passes=1)).adopt((CODE,), tokens=SystemTokens()), SystemTokens()
    bound = new.bound("backup_code", credential_id=tokens.new_id(), user_id=person.id, now=provider.clock.now())
    with provider.database.transaction() as tx:
        credentials.add_credential(tx, bound)
        backup_codes.add_codes(tx, bound.id, new.code_hashes)
    return provider.enrol_totp(person)


def nothing(_provider: Provider, person: Person) -> Person:
    return person


def by_code(button: str = "") -> Callable[[Provider, Browser, Person, Page], Page]:
    """Return how the code of an app, or of the way behind a button, is given beside the password."""

    def answer(provider: Provider, browser: Browser, person: Person, page: Page) -> Page:
        page = browser.follow(person.identify(browser, page))
        page = browser.follow(browser.submit(page, button=button)) if button and page.has(button) else page
        code = CODE if "backup" in button else person.code(provider.clock.now())
        return person.give_code(browser, page, code)

    return answer


def by_message(to: Callable[[Person], str]) -> Callable[[Provider, Browser, Person, Page], Page]:
    """Return how a code that was sent is given beside the password."""

    def answer(provider: Provider, browser: Browser, person: Person, page: Page) -> Page:
        page = send(browser, browser.follow(person.identify(browser, page)))
        return person.give_code(browser, page, newest_code(provider.database, to(person)))

    return answer


def by_password(_provider: Provider, browser: Browser, person: Person, page: Page) -> Page:
    return person.identify(browser, page)


def by_passkey(*, flags: int, beside_password: bool = False) -> Callable[[Provider, Browser, Person, Page], Page]:
    """Return how a passkey made with these flags is used, as the first proof or beside the password."""

    def answer(provider: Provider, browser: Browser, person: Person, page: Page) -> Page:
        device = Authenticator(flags=flags, counts=not flags & BE)
        give(provider, person, device, terms=TERMS, flags=flags)
        if beside_password:
            page = browser.follow(person.identify(browser, page))
        return use(browser, page, device)

    return answer


ROWS = {
    # what is proved: what they have, what is asked, how it is proved, what the token says
    "password": (nothing, "", by_password, ONE, {"pwd"}),
    "password, app": (with_app, MFA, by_code(), MFA, {"pwd", "otp", "mfa"}),
    "password, text message": (texted, MFA, by_message(lambda _: NUMBER), MFA, {"pwd", "sms", "mfa", "mca"}),
    "password, e-mail": (mailed, TWO, by_message(address), TWO, {"pwd", "otp", "mca"}),
    "password, backup code": (listed, MFA, by_code("choose-backup_code"), MFA, {"pwd", "otp", "mfa"}),
    "passkey, verified": (nothing, "", by_passkey(flags=UP | UV), PHR, {"pop", "user", "mfa"}),
    "passkey, verified, synced": (
        nothing, "", by_passkey(flags=UP | UV | BE | BS), PHR, {"pop", "user", "swk", "mfa"},
    ),
    "passkey": (nothing, "", by_passkey(flags=UP), ONE, {"pop", "user"}),
    "passkey, synced": (nothing, "", by_passkey(flags=UP | BE | BS), ONE, {"pop", "user", "swk"}),
    "password, passkey": (
        nothing, MFA, by_passkey(flags=UP, beside_password=True), MFA, {"pwd", "pop", "user", "mfa"},
    ),
    "password, passkey, for phr": (
        nothing, PHR, by_passkey(flags=UP, beside_password=True), PHR, {"pwd", "pop", "user", "mfa"},
    ),
    "password, passkey verified, synced": (
        nothing, PHR, by_passkey(flags=UP | UV | BE | BS, beside_password=True), PHR,
        {"pwd", "pop", "user", "swk", "mfa"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_token_says_what_was_proved(scene: Scene, name: str) -> None:
    """`acr` and `amr` of a real ID token, its signature checked."""
    have, asked, prove, acr, amr = ROWS[name]
    provider = scene.plain
    person = have(provider, provider.add_person(f"of-{name.replace(', ', '-').replace(' ', '-')}"))
    browser, attempt = provider.browser(), provider.bank.attempt(**({"acr_values": asked} if asked else {}))
    tokens = provider.bank.tokens(attempt, prove(provider, browser, person, browser.open(attempt.url)))
    assert (tokens.acr, tokens.amr) == (acr, amr)


def test_trusted_browser_says_that_a_password_was_proved(scene: Scene) -> None:
    """ACR-24: it excused from what a rule asked; the token is that of a password."""
    provider = scene.ruled
    person = provider.add_person("truster", has_totp=True)
    browser = provider.browser()
    page = browser.follow(person.identify(browser, browser.open(provider.bank.attempt().url)))
    typed = {"code": person.code(provider.clock.now()), "trust_device": "1"}
    assert browser.submit(page, typed, button="challenge-submit").status == 303
    browser.jar.drop(provider.cookie("session"))
    attempt = provider.bank.attempt()
    tokens = provider.bank.tokens(attempt, person.identify(browser, browser.open(attempt.url)))
    assert (tokens.acr, tokens.amr) == (ONE, {"pwd"})


def test_low_risk_says_nothing(scene: Scene) -> None:
    """ACR-25: where everything is usual a rule asks nothing, and the token says no more than the password."""
    provider = scene.ruled
    person = provider.add_person("usual")
    bind(provider, person, email=True)
    browser = provider.browser()
    for _ in range(3):
        attempt = provider.bank.attempt()
        tokens = provider.bank.tokens(attempt, person.identify(browser, browser.open(attempt.url)))
        browser.jar.drop(provider.cookie("session"))
        provider.advance(3600)
        assert (tokens.acr, tokens.amr) == (ONE, {"pwd"})
    assert provider.stored("risk_assessments", "band") == {"low"}
