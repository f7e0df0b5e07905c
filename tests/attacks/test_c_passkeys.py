"""Table C: WebAuthn and passkeys."""

import json
from pathlib import Path

import cbor2
import pytest

from tests.support.attestation import AAGUID, Maker
from tests.support.authenticator import (
    BE,
    BS,
    ES256K,
    PS256,
    RS1,
    UP,
    UV,
    Authenticator,
    to_text,
)
from tests.support.browser import Browser, Page
from tests.support.enrolment import held
from tests.support.passkeys import answer, at_making, give, make, options_on, under, use
from tests.support.person import Person
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

METHODS = "/account/factors"
ONE, MFA, PHR = "urn:idp:acr:1fa", "urn:idp:acr:mfa", "phr"


@pytest.fixture
def device() -> Authenticator:
    """A device that verifies its owner, keeps its keys to itself and counts."""
    return Authenticator()


@pytest.fixture
def evil() -> Authenticator:
    """The attacker's own device."""
    return Authenticator()


def refused(provider: Provider, page: Page, reason: str = "") -> None:
    """Check that a page was refused, and with which reason in the audit trail."""
    assert page.status == 422, page
    assert page.has("problem")
    if reason:
        assert reason in str(provider.stored("audit_events", "details"))


def at_step_up(provider: Provider, browser: Browser, person: Person) -> Page:
    """Go to where a passkey is asked beside the password."""
    provider.sign_in(browser, provider.bank, person)
    page = browser.open(provider.bank.attempt(acr_values=PHR).url)
    assert page.has("challenge-submit")
    return page


def at_sign_in(provider: Provider, browser: Browser, **parameters: str) -> Page:
    return browser.open(provider.bank.attempt(**parameters).url)


def test_wan_02_registration_replay(provider: Provider, browser: Browser, bob: Person, device: Authenticator) -> None:
    """WAN-02: what made one passkey makes no second, in the same interaction or in another."""
    page = at_making(provider, browser, bob)
    said = device.create(options_on(page))
    _, url, entries = browser.fill(page, {"passkey": said}, button="enrol-submit")
    assert browser.post(url, entries).status == 303
    with provider.unchanged("credentials"):
        browser.post(url, entries)
        other = browser.follow(browser.submit(browser.open(METHODS), button="add-passkey"))
        refused(provider, answer(browser, other, said))


def test_wan_02_a_challenge_is_answered_once(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, evil: Authenticator
) -> None:
    """WAN-02: a wrong answer uses the challenge up too: the right one to the same comes too late."""
    give(provider, alice, device)
    page = at_step_up(provider, browser, alice)
    late = device.get(options_on(page))
    evil.keys = [device.keys[0]]
    again = use(browser, page, evil, signature=b"no")
    refused(provider, again, "passkey_refused")
    assert options_on(again) != options_on(page)
    with provider.nothing_issued():
        refused(provider, answer(browser, again, late))
    assert browser.get(again.url).has("challenge-submit")


def test_wan_03_challenge_ends(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """WAN-03: after five minutes an answer is refused, and one click begins anew."""
    give(provider, alice, device)
    provider.sign_in(browser, bank, alice)
    attempt = bank.attempt(acr_values=PHR)
    page = browser.open(attempt.url)
    said = device.get(options_on(page))
    provider.advance(300)
    with provider.nothing_issued():
        late = answer(browser, page, said)
    refused(provider, late, "passkey_expired")
    assert bank.tokens(attempt, use(browser, late, device)).acr == PHR


def test_wan_03_challenge_belongs_to_its_interaction(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator
) -> None:
    """WAN-03: an answer to one interaction's challenge does not answer another's."""
    give(provider, alice, device)
    page = at_step_up(provider, browser, alice)
    other = browser.open(provider.bank.attempt(acr_values=PHR).url)
    with provider.nothing_issued():
        refused(provider, answer(browser, page, device.get(options_on(other))), "passkey_refused")


@pytest.mark.parametrize(
    "lie",
    [
        {"origin": "https://evil.test"},
        {"origin": "http://localhost:9000"},
        {"origin": "http://localhost:8000/"},
        {"rp_id": "evil.test"},
        {"challenge": to_text(bytes(32))},
    ],
    ids=str,
)
def test_wan_04_foreign_origin(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, lie: dict[str, str]
) -> None:
    """WAN-04: what was signed for another origin, another RP ID or another challenge proves nothing."""
    give(provider, alice, device)
    page = at_step_up(provider, browser, alice)
    with provider.nothing_issued():
        refused(provider, use(browser, page, device, **lie), "passkey_refused")


def test_wan_05_type_swap(
    provider: Provider, browser: Browser, bob: Person, alice: Person, device: Authenticator
) -> None:
    """WAN-05: `webauthn.create` is no proof, `webauthn.get` makes nothing; neither answers for the other."""
    give(provider, alice, device)
    page = at_step_up(provider, browser, alice)
    with provider.nothing_issued():
        page = use(browser, page, device, type="webauthn.create")
        refused(provider, page, "passkey_refused")
        created = json.dumps({"rp": {"id": "localhost"}, "user": {"id": ""}, **json.loads(options_on(page))})
        refused(provider, answer(browser, page, device.create(created)))
    other = provider.browser()
    page = at_making(provider, other, bob)
    with provider.unchanged("credentials"):
        page = make(other, page, device, type="webauthn.get")
        refused(provider, page)
        wanted = json.dumps({"rpId": "localhost", "allowCredentials": [], **json.loads(options_on(page))})
        refused(provider, answer(other, page, device.get(wanted)))


@pytest.mark.parametrize("asked", ["preferred", "discouraged"])
def test_wan_06_without_verification_it_is_possession(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, bank: RelyingParty, asked: str
) -> None:
    """WAN-06: alone it signs in at 1fa and no higher; for more the password is asked, and then it is phr."""
    give(provider, alice, device, terms=under(provider, user_verification=asked))
    attempt = bank.attempt()
    tokens = bank.tokens(attempt, use(browser, browser.open(attempt.url), device, flags=UP))
    assert (tokens.acr, tokens.amr) == (ONE, {"pop", "user"})
    stronger = bank.attempt(acr_values=PHR)
    page = browser.open(stronger.url)
    if asked == "preferred":  # it may verify next time, so it is asked for first
        page = browser.follow(browser.submit(page, button="choose-password"))
    tokens = bank.tokens(stronger, alice.give_password(browser, page))
    assert (tokens.acr, tokens.amr) == (PHR, {"pwd", "pop", "user", "mfa"})


def test_wan_06_verification_is_required(
    provider: Provider, browser: Browser, alice: Person, bob: Person, device: Authenticator
) -> None:
    """WAN-06: where policy requires it (as shipped), neither a proof nor a new passkey goes without it."""
    give(provider, alice, device)
    page = at_sign_in(provider, browser)
    with provider.nothing_issued():
        refused(provider, use(browser, page, device, flags=UP), "passkey_unverified")
    other = provider.browser()
    with provider.unchanged("credentials"):
        refused(provider, make(other, at_making(provider, other, bob), device, flags=UP))


@pytest.mark.parametrize("flags", [UV, 0])
def test_wan_07_without_presence(
    provider: Provider, browser: Browser, alice: Person, bob: Person, device: Authenticator, flags: int
) -> None:
    """WAN-07: without a person who touched it there is neither a proof nor a passkey."""
    give(provider, alice, device, terms=under(provider, user_verification="preferred"))
    page = at_step_up(provider, browser, alice)
    with provider.nothing_issued():
        refused(provider, use(browser, page, device, flags=flags), "passkey_refused")
    other = provider.browser()
    with provider.unchanged("credentials"):
        refused(provider, make(other, at_making(provider, other, bob), device, flags=flags))


def test_wan_08_somebody_elses_passkey(
    provider: Provider, browser: Browser, alice: Person, bob: Person, device: Authenticator, evil: Authenticator
) -> None:
    """WAN-08: bob's passkey, rightly signed, does not answer what alice is asked."""
    give(provider, alice, device)
    give(provider, bob, evil)
    page = at_step_up(provider, browser, alice)
    with provider.nothing_issued():
        again = use(browser, page, evil, key=evil.keys[0])
        refused(provider, again, "passkey_unknown")
        renamed = {"id": to_text(device.keys[0].id), "rawId": to_text(device.keys[0].id)}
        refused(provider, use(browser, again, evil, key=evil.keys[0], answer=renamed, user_handle=None))


def test_wan_08_only_what_was_offered(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, evil: Authenticator
) -> None:
    """WAN-08: her own passkey that came to be after the page is not on its list."""
    give(provider, alice, device)
    page = at_step_up(provider, browser, alice)
    give(provider, alice, evil)
    with provider.nothing_issued():
        refused(provider, use(browser, page, evil, key=evil.keys[0]), "passkey_unknown")


@pytest.mark.parametrize("handle", ["of bob", ""])
def test_wan_09_user_handle_of_somebody_else(
    provider: Provider, browser: Browser, alice: Person, bob: Person, device: Authenticator, handle: str
) -> None:
    """WAN-09: a handle that is not the owner's is refused, at sign-in and at step-up; an empty one names nobody."""
    give(provider, alice, device)
    lie = to_text(bob.id.encode()) if handle else ""
    page = at_step_up(provider, browser, alice)
    with provider.nothing_issued():
        refused(provider, use(browser, page, device, user_handle=lie), "passkey_refused")
        fresh = provider.browser()
        refused(provider, use(fresh, at_sign_in(provider, fresh), device, user_handle=lie))


def test_wan_09_absent_handle_by_the_one_owner(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """WAN-09: without a handle the passkey's one owner is signed in, and nobody else."""
    give(provider, alice, device)
    attempt = bank.attempt()
    tokens = bank.tokens(attempt, use(browser, browser.open(attempt.url), device, user_handle=None))
    assert tokens.claims["sub"] == alice.id


def test_wan_10_id_that_is_taken(
    provider: Provider, browser: Browser, alice: Person, bob: Person, device: Authenticator, evil: Authenticator
) -> None:
    """WAN-10: nobody registers an id that somebody has, with a key of their own."""
    give(provider, alice, device)
    page = at_making(provider, browser, bob)
    with provider.unchanged("credentials"):
        refused(provider, make(browser, page, evil, key_id=device.keys[0].id), "already_enrolled")
    fresh = provider.browser()
    with provider.nothing_issued():
        refused(provider, use(fresh, at_sign_in(provider, fresh), evil, key=evil.keys[0]))


@pytest.mark.parametrize("alg", [RS1, ES256K, PS256])
def test_wan_12_algorithm_outside_the_offer(
    provider: Provider, browser: Browser, bob: Person, device: Authenticator, alg: int
) -> None:
    """WAN-12: a key of an algorithm that was not offered is refused, whatever the page's script was made to ask."""
    page = at_making(provider, browser, bob)
    with provider.unchanged("credentials"):
        refused(provider, make(browser, page, device, alg=alg), "passkey_refused")


def test_wan_14_backup_flags(
    provider: Provider, browser: Browser, alice: Person, bob: Person, device: Authenticator
) -> None:
    """WAN-14: where synced passkeys are refused none is made; a flip of BE and BS without BE are refused."""
    give(provider, alice, device)
    page = at_step_up(provider, browser, alice)
    with provider.nothing_issued():
        page = use(browser, page, device, flags=UP | UV | BE)
        refused(provider, page, "passkey_refused")
        refused(provider, use(browser, page, device, flags=UP | UV | BS))
    under(provider, synced="refused")
    other = provider.browser()
    page = at_making(provider, other, bob)
    with provider.unchanged("credentials"):
        page = make(other, page, device, flags=UP | UV | BE)
        refused(provider, page, "passkey_not_allowed")
        refused(provider, make(other, page, device, flags=UP | UV | BS))
    assert make(other, other.get(page.url), device).status == 303


def test_wan_14_terms_that_changed(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """WAN-14: once synced passkeys are refused, one that is there signs nobody in, and its evidence ends."""
    device.flags, device.counts = UP | UV | BE | BS, False
    give(provider, alice, device)
    attempt = bank.attempt()
    assert bank.tokens(attempt, use(browser, browser.open(attempt.url), device)).amr == {"pop", "user", "swk", "mfa"}
    under(provider, synced="refused")
    assert browser.open(bank.attempt().url).has("password")
    fresh = provider.browser()
    with provider.nothing_issued():
        refused(provider, use(fresh, at_sign_in(provider, fresh), device), "passkey_not_allowed")


def test_wan_15_counter(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """WAN-15: a counter that stands still or goes back is refused, and audited; one that rises counts."""
    give(provider, alice, device, count=10)
    for count in (10, 9, 0):
        with provider.nothing_issued():
            refused(provider, use(browser, at_sign_in(provider, browser), device, count=count), "counter_regressed")
    attempt = bank.attempt()
    assert bank.tokens(attempt, use(browser, browser.open(attempt.url), device, count=11)).acr == PHR


def test_wan_15_no_counter(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """WAN-15: who counts nothing is fine, time after time."""
    device.counts = False
    give(provider, alice, device)
    for _ in range(2):
        fresh, attempt = provider.browser(), bank.attempt()
        assert bank.tokens(attempt, use(fresh, fresh.open(attempt.url), device)).claims["sub"] == alice.id


@pytest.mark.parametrize(
    "said", [{"crossOrigin": True}, {"topOrigin": "https://evil.test"}, {"crossOrigin": "false"}], ids=str
)
def test_wan_16_cross_origin(
    provider: Provider, browser: Browser, alice: Person, bob: Person, device: Authenticator, said: dict[str, object]
) -> None:
    """WAN-16: a ceremony inside another site's page is refused, at both ends."""
    give(provider, alice, device)
    page = at_step_up(provider, browser, alice)
    with provider.nothing_issued():
        refused(provider, use(browser, page, device, client_says=said), "passkey_refused")
    other = provider.browser()
    with provider.unchanged("credentials"):
        refused(provider, make(other, at_making(provider, other, bob), device, client_says=said))


NESTED = b"\x81" * 10_000 + b"\x00"
ODD = {
    "nothing": "x",
    "a list": "[]",
    "deep JSON": "[" * 9_000 + "]" * 9_000,
    "no id": '{"type":"public-key"}',
    "half": '{"id":"',
}


@pytest.mark.parametrize("said", ODD.values(), ids=ODD.keys())
def test_wan_17_no_answer_at_all(provider: Provider, browser: Browser, bob: Person, said: str) -> None:
    """WAN-17: what is no answer is refused, whichever page it is sent to."""
    page = at_making(provider, browser, bob)
    with provider.unchanged("credentials"):
        refused(provider, answer(browser, page, said))
    fresh = provider.browser()
    with provider.nothing_issued():
        refused(provider, answer(fresh, at_sign_in(provider, fresh), said))


@pytest.mark.parametrize(
    "lie",
    [
        {"object": NESTED},
        {"object": cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": b"short"})},
        {"object": cbor2.dumps({"fmt": "none", "attStmt": [], "authData": 1})},
        {"object": cbor2.dumps([1, 2])},
        {"key_id": bytes(1024)},
        {"client": b"\xff\xfe{}"},
        {"client": b"{}"},
        {"client": b'{"a":' * 5000 + b"1" + b"}" * 5000},
        {"answer": {"id": "AA"}},
        {"answer": {"rawId": "AA=="}},
        {"answer": {"id": "AA==", "rawId": "AA=="}},
        {"answer": {"type": "password"}},
    ],
    ids=lambda lie: str(lie)[:40],
)
def test_wan_17_malformed_registration(
    provider: Provider, browser: Browser, bob: Person, device: Authenticator, lie: dict[str, object]
) -> None:
    """WAN-17: deep CBOR, wrong shapes, long ids, padding, another id than the raw one: refused, quickly."""
    page = at_making(provider, browser, bob)
    with provider.unchanged("credentials"):
        refused(provider, make(browser, page, device, **lie), "passkey_refused")


def test_wan_17_huge(provider: Provider, browser: Browser, bob: Person, device: Authenticator) -> None:
    """WAN-17: five megabytes are not read at all; what fits a form and is too long for an answer is refused."""
    page = at_making(provider, browser, bob)
    with provider.unchanged("credentials"):
        assert make(browser, page, device, object=bytes(5_000_000)).status == 413
        refused(provider, make(browser, page, device, object=bytes(40_000)))


@pytest.mark.parametrize("attestation", ["none", "self", "chain"])
def test_wan_19_claimed_model_without_proof(provider: Provider, tmp_path: Path, attestation: str) -> None:
    """WAN-19: a certified model's AAGUID is no hardware without its maker's chain: `phrh` stays out of reach."""
    maker, file = Maker(), tmp_path / "metadata.json"
    file.write_bytes(maker.metadata())
    listed = Provider(provider.environ | {"IDP_FIDO_METADATA": str(file)}, clock=provider.clock)
    listed.know(provider.people, provider.parties)
    under(listed, attestation="direct")
    bob, browser = listed.people["bob"], listed.browser()
    page = at_making(listed, browser, bob)
    forged = Authenticator(aaguid=AAGUID, attestation=attestation, chain=Maker("Somebody else").chain())
    made = make(browser, page, forged)
    if attestation == "chain":
        refused(listed, made, "passkey_refused")
    else:
        attempt = listed.bank.attempt(acr_values="phrh")
        fresh = listed.browser()
        answered = fresh.follow(use(fresh, fresh.open(attempt.url), forged))
        assert answered.has("refuse-leave")
    listed.close()


def test_wan_20_no_way_down(
    provider: Provider, browser: Browser, bob: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """WAN-20: where phr is asked, no code is offered, and choosing or answering one by hand leads nowhere."""
    give(provider, bob, device)
    provider.sign_in(browser, bank, bob)
    attempt = bank.attempt(acr_values=PHR)
    page = browser.open(attempt.url)
    assert not {"choose-totp", "try-another", "code"} & page.document.ids
    for fields in ({"choice": "choose:totp"}, {"code": bob.code(provider.clock.now())}):
        _, url, entries = browser.fill(page, {}, button="challenge-submit")
        with provider.nothing_issued():
            browser.post(url, [*entries, *fields.items()])
        page = browser.get(page.url)
        assert page.has("challenge-submit")
        assert not page.has("code")
    assert bank.tokens(attempt, use(browser, page, device)).acr == PHR


def test_wan_21_removed(
    provider: Provider, browser: Browser, bob: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """WAN-21: once removed it signs nobody in, nor answers a page that was there before; its evidence ends."""
    credential_id = give(provider, bob, device)
    attempt = bank.attempt()
    bank.tokens(attempt, use(browser, browser.open(attempt.url), device))
    waiting, second = provider.browser(), provider.browser()
    page, sign_in = at_step_up(provider, waiting, bob), at_sign_in(provider, second)
    detail = browser.open(f"{METHODS}/{credential_id}")
    assert browser.submit(detail, button="remove-submit").status == 303
    assert held(provider, bob, "passkey") == []
    with provider.nothing_issued():
        refused(provider, use(second, sign_in, device), "passkey_unknown")
        assert waiting.follow(use(waiting, page, device, key=device.keys[0])).has("refuse-leave")
        assert browser.open(bank.attempt().url).has("password")


def test_wan_22_verification_needs_another_factor(
    provider: Provider, alice: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """WAN-22: a key without a PIN gets one later: alone that counts as possession, until a password was beside it."""
    give(provider, alice, device, terms=under(provider, user_verification="preferred"), flags=UP)
    for _ in range(2):
        browser, attempt = provider.browser(), bank.attempt()
        tokens = bank.tokens(attempt, use(browser, browser.open(attempt.url), device))
        assert (tokens.acr, tokens.amr) == (ONE, {"pop", "user"})
    attempt = bank.attempt(prompt="login", acr_values=PHR)
    page = browser.follow(use(browser, browser.open(attempt.url), device))
    assert page.has("password")
    assert bank.tokens(attempt, alice.give_password(browser, page)).acr == PHR
    browser, attempt = provider.browser(), bank.attempt()
    tokens = bank.tokens(attempt, use(browser, browser.open(attempt.url), device))
    assert (tokens.acr, tokens.amr) == (PHR, {"pop", "user", "mfa"})


def test_otp_26_lock_never_bars_a_passkey(
    provider: Provider, browser: Browser, bob: Person, device: Authenticator, bank: RelyingParty
) -> None:
    """F12: with every password and code of bob's locked by a stranger, his passkey signs him in."""
    give(provider, bob, device)
    for _ in range(12):
        provider.have_patience()
        page = at_sign_in(provider, browser)
        bob.identify(browser, page, password="not it")
    assert provider.failures("password", bob) >= 10
    attempt = bank.attempt(acr_values=PHR)
    fresh = provider.browser()
    assert bank.tokens(attempt, use(fresh, fresh.open(attempt.url), device)).acr == PHR


def test_disabled_person_has_no_passkey(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator
) -> None:
    """SES-14: whoever is disabled is nobody, by passkey too."""
    give(provider, alice, device)
    page = at_sign_in(provider, browser)
    provider.disable(alice)
    with provider.nothing_issued():
        refused(provider, use(browser, page, device), "passkey_unknown")


def test_page_without_scripts_says_so(
    provider: Provider, browser: Browser, alice: Person, device: Authenticator
) -> None:
    """U1: a button pressed without scripts is answered in words, counts nothing, and the password stays."""
    give(provider, alice, device)
    page = at_sign_in(provider, browser)
    with provider.nothing_issued():
        page = answer(browser, page, "")
    refused(provider, page)
    assert "JavaScript" in page.document.text
    assert page.has("login-submit")
