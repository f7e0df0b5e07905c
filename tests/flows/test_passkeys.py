"""Passkeys through the front door: made, used as second and as first factor; scripts are played by the tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.attestation import AAGUID, Maker
from tests.support.authenticator import BE, BS, EDDSA, ES256, RS256, UP, UV, Authenticator
from tests.support.browser import Browser
from tests.support.enrolment import address, bind, send
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
