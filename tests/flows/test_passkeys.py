"""Passkeys through the front door: made, used as second and as first factor; scripts are played by the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.attestation import AAGUID, Maker
from tests.support.authenticator import BE, BS, EDDSA, ES256, RS256, UP, UV, Authenticator
from tests.support.browser import Browser, Page
from tests.support.enrolment import address, bind, held, send
from tests.support.outbox import newest_code
from tests.support.passkeys import give, make, options_on, under, use
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

ONE, MFA, PHR, PHRH = "urn:idp:acr:1fa", "urn:idp:acr:mfa", "phr", "phrh"
MAKER = Maker()
CHAIN = MAKER.chain()


@pytest.fixture
def device() -> Authenticator:
    """A device that verifies its owner, keeps its keys to itself and counts."""
    return Authenticator()


@pytest.mark.parametrize("alg", [ES256, EDDSA, RS256])
def test_bob_sets_one_up_and_signs_in_with_it(
    provider: Provider, browser: Browser, bob: Person, bank: RelyingParty, alg: int
) -> None:
    """On the account page, after his code; then alone, without a name or a password."""
    device = Authenticator(alg=alg)
    provider.sign_in(browser, bank, bob)
    page = browser.follow(browser.submit(browser.open("/account/factors"), button="add-passkey"))
    page = browser.follow(bob.give_code(browser, page, bob.code(provider.clock.now())))
    page = browser.follow(make(browser, page, device))
    while page.has("enrol-skip"):
        page = browser.follow(browser.submit(page, button="enrol-skip"))
    assert "Passkey" in page.document.text
    fresh, attempt = provider.browser(), bank.attempt(acr_values=PHR)
    tokens = bank.tokens(attempt, use(fresh, fresh.open(attempt.url), device))
    assert (tokens.acr, tokens.amr) == (PHR, {"pop", "user", "mfa"})


def test_second_factor_for_a_transfer(
    provider: Provider, browser: Browser, alice: Person, bank: RelyingParty, device: Authenticator
) -> None:
    """alice signed in with her password; the transfer asks for her passkey alone."""
    give(provider, alice, device)
    provider.sign_in(browser, bank, alice)
    attempt = bank.attempt(acr_values=MFA)
    page = browser.open(attempt.url)
    assert page.has("challenge-submit")
    assert not page.has("password")
    tokens = bank.tokens(attempt, use(browser, page, device))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "pop", "user", "mfa"})


@pytest.fixture(scope="module")
def metadata_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Metadata that lists one model of one maker."""
    file: Path = tmp_path_factory.mktemp("metadata") / "metadata.json"
    file.write_bytes(MAKER.metadata())
    return file


@pytest.fixture
def listed(provider: Provider, metadata_file: Path) -> Iterator[Provider]:
    """A provider that knows it, and asks for attestation and no verification."""
    other = Provider(provider.environ | {"IDP_FIDO_METADATA": str(metadata_file)}, clock=provider.clock)
    other.know(provider.people, provider.parties)
    yield other
    other.close()


BESIDE, ALONE = True, False
PLAIN, PROVEN = "none", "chain"


@pytest.mark.parametrize(
    ("with_password", "flags", "attestation", "acr", "amr"),
    [
        (ALONE, UP | UV, PLAIN, PHR, {"pop", "user", "mfa"}),
        (ALONE, UP, PLAIN, ONE, {"pop", "user"}),
        (ALONE, UP | UV | BE | BS, PLAIN, PHR, {"pop", "user", "swk", "mfa"}),
        (ALONE, UP | UV | BE, PLAIN, PHR, {"pop", "user", "mfa"}),
        (ALONE, UP | UV, PROVEN, PHRH, {"pop", "user", "hwk", "mfa"}),
        (ALONE, UP, PROVEN, ONE, {"pop", "user", "hwk"}),
        (ALONE, UP | UV | BE | BS, PROVEN, PHR, {"pop", "user", "hwk", "swk", "mfa"}),
        (BESIDE, UP | UV, PLAIN, PHR, {"pwd", "pop", "user", "mfa"}),
        (BESIDE, UP, PLAIN, PHR, {"pwd", "pop", "user", "mfa"}),
        (BESIDE, UP | BE | BS, PLAIN, PHR, {"pwd", "pop", "user", "swk", "mfa"}),
        (BESIDE, UP, PROVEN, PHRH, {"pwd", "pop", "user", "hwk", "mfa"}),
    ],
)
def test_what_tokens_say_of_passkeys(
    listed: Provider, *, with_password: bool, flags: int, attestation: str, acr: str, amr: set[str]
) -> None:
    """The table: alone or beside a password, verified or not, synced or bound, attested or not (policy.md §2)."""
    alice, bank, browser = listed.people["alice"], listed.bank, listed.browser()
    device = Authenticator(aaguid=AAGUID, attestation=attestation, chain=CHAIN, flags=flags, counts=False)
    give(listed, alice, device, terms=under(listed, user_verification="preferred", attestation="direct"))
    if with_password:
        listed.sign_in(browser, bank, alice)
    attempt = bank.attempt(acr_values=PHR) if with_password else bank.attempt()
    bank.tokens(attempt, use(browser, browser.open(attempt.url), device))
    again = bank.attempt()
    tokens = bank.tokens(again, browser.open(again.url))
    assert (tokens.acr, tokens.amr) == (acr, amr)


@pytest.mark.parametrize(
    ("has_metadata", "attestation", "offered"),
    [(True, "direct", {PHR, PHRH}), (True, "none", {PHR}), (False, "direct", {PHR})],
)
def test_discovery_names_what_can_be_reached(
    provider: Provider, listed: Provider, *, has_metadata: bool, attestation: str, offered: set[str]
) -> None:
    """`phrh` where attestation is asked for and metadata could prove it; `phr` wherever there are passkeys."""
    asked = listed if has_metadata else provider
    under(asked, attestation=attestation)
    document = asked.browser().get("/.well-known/openid-configuration").json()
    assert {PHR, PHRH} & set(document["acr_values_supported"]) == offered
    assert {PHR, PHRH} & set(document["acr_satisfied_by"]) == offered


def test_making_one_on_the_way(provider: Provider, browser: Browser, bank: RelyingParty, device: Authenticator) -> None:
    """Whoever is asked for mfa and has only a password and a mailbox may make a passkey there and then."""
    erin = provider.add_person("erin")
    bind(provider, erin, email=True)
    attempt = bank.attempt(acr_values=MFA)
    page = send(browser, browser.follow(erin.identify(browser, browser.open(attempt.url))))
    page = browser.follow(erin.give_code(browser, page, newest_code(provider.database, address(erin))))
    page = browser.follow(browser.submit(page, button="choose-passkey"))
    page = browser.follow(make(browser, page, device))
    assert page.has("backup-codes")
    tokens = bank.tokens(attempt, browser.follow(browser.submit(page, button="enrol-submit")))
    assert (tokens.acr, tokens.amr) == (MFA, {"pwd", "otp", "pop", "user", "mfa", "mca"})


def test_another_way_and_back(provider: Provider, browser: Browser, bob: Person, bank: RelyingParty) -> None:
    """A code instead of the passkey, and back: each page has a challenge of its own."""
    device = Authenticator()
    give(provider, bob, device)
    provider.sign_in(browser, bank, bob)
    attempt = bank.attempt(acr_values=MFA)
    page = browser.open(attempt.url)
    first = options_on(page)
    page = browser.follow(browser.submit(page, button="choose-totp"))
    assert page.has("code")
    page = browser.follow(browser.submit(page, button="choose-passkey"))
    assert options_on(page) != first
    _, url, entries = browser.fill(page, {}, button="challenge-submit")
    page = browser.follow(browser.post(url, [*entries, ("choice", "again")]))
    assert bank.tokens(attempt, use(browser, page, device)).acr == MFA


def test_not_you_asks_anybody(provider: Provider, browser: Browser, alice: Person, bob: Person) -> None:
    """Whoever is not alice gets the page of sign-in, with a challenge for whoever it may be."""
    give(provider, alice, Authenticator())
    other = Authenticator()
    give(provider, bob, other)
    provider.sign_in(browser, provider.bank, alice)
    attempt = provider.bank.attempt(acr_values=PHR)
    page = browser.follow(browser.submit(browser.open(attempt.url), button="not-you"))
    tokens = provider.bank.tokens(attempt, use(browser, page, other))
    assert tokens.claims["sub"] == bob.id


def test_demand_for_somebody_else(provider: Provider, browser: Browser, alice: Person, bob: Person) -> None:
    """`id_token_hint` names alice: bob's passkey does not answer for her."""
    hint = provider.sign_in(provider.browser(), provider.bank, alice).id_token
    device = Authenticator()
    give(provider, bob, device)
    page = browser.open(provider.bank.attempt(id_token_hint=hint).url)
    with provider.nothing_issued():
        assert use(browser, page, device).status == 422


def quietly(provider: Provider, browser: Browser, person: Person, url: str, **said: str) -> Page:
    """Sign in with a password, in a browser that says it can make passkeys by itself, and give the code if asked."""
    _, form_url, entries = browser.fill(
        browser.open(url), {"username": person.username, "password": person.password}, button="login-submit"
    )
    page = browser.follow(browser.post(form_url, [*entries, *({"quietly": "1"} | said).items()]))
    if page.status == 200 and page.has("code"):
        page = browser.follow(person.give_code(browser, page, person.code(provider.clock.now())))
    return page


def is_quiet(page: Page) -> bool:
    return any("data-quiet" in attributes for _, attributes in page.document.elements)


def send_quietly(browser: Browser, page: Page, **fields: str) -> Page:
    form = page.document.form_with("passkey")
    return browser.follow(browser.post(page.url, form.entries(fields, None)))


def test_browser_makes_one_by_itself(provider: Provider, bob: Person, bank: RelyingParty) -> None:
    """After password and code; nobody was there, so it proves nothing now, and alone possession until confirmed."""
    device, browser, attempt = Authenticator(flags=0), provider.browser(), bank.attempt(acr_values=MFA)
    page = quietly(provider, browser, bob, attempt.url)
    assert is_quiet(page)
    tokens = bank.tokens(attempt, send_quietly(browser, page, passkey=device.create(options_on(page))))
    assert tokens.amr == {"pwd", "otp", "mfa"}
    assert len(held(provider, bob, "passkey")) == 1
    device.flags = UP | UV
    fresh, second = provider.browser(), bank.attempt()
    assert bank.tokens(second, use(fresh, fresh.open(second.url), device)).acr == ONE
    third = bank.attempt(acr_values=PHR, prompt="login")
    page = fresh.follow(use(fresh, fresh.open(third.url), device))
    assert bank.tokens(third, bob.give_password(fresh, page)).acr == PHR
    again, fourth = provider.browser(), bank.attempt()
    assert bank.tokens(fourth, use(again, again.open(fourth.url), device)).acr == PHR


@pytest.mark.parametrize("answer", ["", "no answer"])
def test_browser_that_makes_none_goes_on(provider: Provider, bob: Person, bank: RelyingParty, answer: str) -> None:
    """Whatever goes wrong, bob is signed in; for a month nothing is tried again."""
    browser, attempt = provider.browser(), bank.attempt(acr_values=MFA)
    page = quietly(provider, browser, bob, attempt.url)
    if answer:
        tokens = bank.tokens(attempt, send_quietly(browser, page, passkey=answer))
    else:
        tokens = bank.tokens(attempt, browser.follow(browser.submit(page, button="enrol-skip")))
    assert tokens.acr == MFA
    assert held(provider, bob, "passkey") == []
    provider.advance(29 * 86400)
    second = bank.attempt(acr_values=MFA)
    assert bank.tokens(second, quietly(provider, provider.browser(), bob, second.url)).acr == MFA
    provider.advance(2 * 86400)
    assert is_quiet(quietly(provider, provider.browser(), bob, bank.attempt(acr_values=MFA).url))


def test_password_alone_sets_nothing_up(provider: Provider, bob: Person, alice: Person, bank: RelyingParty) -> None:
    """E2: whoever stole a password gets no passkey by it, whatever their browser says; nor does one beside another."""
    for person in (bob, alice):
        attempt = bank.attempt()
        assert bank.tokens(attempt, quietly(provider, provider.browser(), person, attempt.url)).acr == ONE
    give(provider, bob, Authenticator())
    attempt, browser = bank.attempt(acr_values=MFA), provider.browser()
    page = quietly(provider, browser, bob, attempt.url)
    page = browser.follow(browser.submit(page, button="choose-totp"))
    assert bank.tokens(attempt, bob.give_code(browser, page, bob.code(provider.clock.now()))).acr == MFA
    attempt = bank.attempt(acr_values=MFA)
    carol = provider.people["carol"]
    assert bank.tokens(attempt, quietly(provider, provider.browser(), carol, attempt.url, quietly="yes")).acr == MFA
