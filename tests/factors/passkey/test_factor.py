"""The passkey as a factor: its two ceremonies, what they keep, and what ends them."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from idp.core.assurance import Property
from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import digest
from idp.factors.base import Challenge, NewCredential, Person, Verified
from idp.factors.passkey.material import material_of
from tests.factors.passkey.kit import ALICE, NOW, TOKENS, a_passkey, held, made, used
from tests.support.authenticator import BE, BS, EDDSA, RS256, UP, UV, Authenticator, to_text

VERIFIED, BOUND, SYNCED = Property.USER_VERIFIED, Property.DEVICE_BOUND, Property.SYNCED


def test_passkey_options_to_create() -> None:
    """They name the site, the person and what they have; the algorithms are ours, and nobody's name is the id."""
    factor = a_passkey()
    first = held(made(factor, Authenticator()))
    begun = factor.enroll_begin_beside(ALICE, (first,), is_quiet=False, tokens=TOKENS, now=NOW)
    asked = json.loads(begun.page["options"])
    assert asked["rp"] == {"id": "localhost", "name": "localhost"}
    assert asked["user"] == {"id": to_text(b"a1"), "name": "alice", "displayName": "Alice"}
    assert [each["alg"] for each in asked["pubKeyCredParams"]] == [-7, -8, -257]
    assert asked["excludeCredentials"] == [
        {"id": material_of(first.material).key_id, "type": "public-key", "transports": ["usb"]}
    ]
    assert asked["authenticatorSelection"]["userVerification"] == "required"
    assert asked["attestation"] == "none"
    assert len(asked["challenge"]) == 43
    assert asked["challenge"] not in str(begun)


def test_passkey_of_somebody_who_has_none() -> None:
    """The interface of all factors begins one, too."""
    begun = a_passkey().enroll_begin(ALICE, typed="", tokens=TOKENS, now=NOW)
    assert isinstance(begun, Challenge)
    assert json.loads(begun.page["options"])["excludeCredentials"] == []


@pytest.mark.parametrize("alg", [-7, EDDSA, RS256])
def test_passkey_made_and_used(alg: int) -> None:
    """What was made proves its owner, and shows what its device did; its counter is spent."""
    factor, device = a_passkey(), Authenticator(alg=alg)
    credential = held(made(factor, device))
    assert credential.properties == {VERIFIED, BOUND}
    assert credential.key_hash == digest(material_of(credential.material).key_id)
    assert credential.step == 1
    assert used(factor, credential, device) == Verified(
        properties=frozenset({VERIFIED, BOUND}), lasting=frozenset({VERIFIED, BOUND}), step=2
    )


@pytest.mark.parametrize("flags", [BE, BE | BS], ids=["may be synced", "synced"])
def test_passkey_that_may_be_synced(flags: int) -> None:
    """It is not bound to a device; synced it is while its backup state says so, and that is kept up to date."""
    factor, device = a_passkey(), Authenticator(flags=UP | UV | flags, counts=False)
    credential = held(made(factor, device))
    assert credential.step is None
    assert (SYNCED in credential.properties) is bool(flags & BS)
    result = used(factor, credential, device, flags=UP | UV | (flags ^ BS))
    assert isinstance(result, Verified)
    assert result.step is None
    assert result.properties == result.lasting
    assert (SYNCED in (result.properties or ())) is not bool(flags & BS)
    assert BOUND not in (result.properties or ())


def test_passkey_names_itself_by_its_model() -> None:
    """A known AAGUID is its label; an unknown one has none."""
    known = Authenticator(aaguid=bytes.fromhex("bada5566a7aa401fbd9645619a55120d"))
    assert held(made(a_passkey(), known)).label == "1Password"
    assert held(made(a_passkey(), Authenticator())).label == ""


@pytest.mark.parametrize(
    ("terms", "flags", "reason"),
    [
        ({}, UP, Reason.PASSKEY_UNVERIFIED),
        ({}, UV, Reason.PASSKEY_REFUSED),
        ({}, UP | UV | BS, Reason.PASSKEY_REFUSED),
        ({"synced": "refused"}, UP | UV | BE, Reason.PASSKEY_NOT_ALLOWED),
        ({"user_verification": "discouraged"}, 0, Reason.PASSKEY_REFUSED),
    ],
    ids=str,
)
def test_passkey_that_is_not_taken(terms: dict[str, str], flags: int, reason: Reason) -> None:
    """The terms of the policy hold when it is made."""
    assert made(a_passkey(**terms), Authenticator(flags=flags)) == Rejected(reason)


def test_passkey_made_quietly() -> None:
    """Made beside a password without asking, it need show nobody: it was not verified, and says so."""
    device = Authenticator(flags=0)
    credential = held(made(a_passkey(), device, is_quiet=True))
    assert credential.properties == {BOUND}


@pytest.mark.parametrize(("after", "person"), [(300, ALICE), (0, replace(ALICE, id="b2"))], ids=["late", "another"])
def test_passkey_made_too_late_or_by_another(after: float, person: Person) -> None:
    """Its ceremony lasts five minutes and is one person's."""
    assert made(a_passkey(), Authenticator(), after=after, person=person) == Rejected(Reason.PASSKEY_EXPIRED)


def test_passkey_without_a_ceremony() -> None:
    """Without one, or with the other one, nothing is made and nothing proved (WAN-05)."""
    factor, device = a_passkey(), Authenticator()
    credential = held(made(factor, device))
    create = factor.enroll_begin_beside(ALICE, (), is_quiet=False, tokens=TOKENS, now=NOW)
    get = factor.begin(ALICE, credential, tokens=TOKENS, now=NOW)
    for challenge in (Challenge(), get):
        assert factor.enroll_finish(ALICE, challenge, "{}", now=NOW) == Rejected(Reason.PASSKEY_EXPIRED)
    for challenge in (Challenge(), create):
        assert factor.verify(credential, challenge, "{}", now=NOW) == Rejected(Reason.PASSKEY_EXPIRED)
    assert factor.verify(None, get, "{}", now=NOW) == Rejected(Reason.PASSKEY_UNKNOWN)


def test_passkey_of_whoever_it_may_be() -> None:
    """A ceremony for nobody in particular lists nothing, and any passkey answers it."""
    factor, device = a_passkey(), Authenticator()
    credential = held(made(factor, device))
    begun = factor.begin_with(None, (), tokens=TOKENS, now=NOW)
    asked = json.loads(begun.page["options"])
    assert (asked["allowCredentials"], asked["rpId"]) == ([], "localhost")
    said = device.get(begun.page["options"])
    assert factor.key_hash_in(said) == credential.key_hash
    assert isinstance(factor.verify(credential, begun, said, now=NOW), Verified)


def test_passkey_of_another_than_the_asked() -> None:
    """A ceremony for one person is not answered by another's passkey, though it is on the list."""
    factor, device = a_passkey(), Authenticator()
    credential = held(made(factor, device))
    begun = factor.begin(Person(id="b2", username="bob"), credential, tokens=TOKENS, now=NOW)
    said = device.get(begun.page["options"])
    assert factor.verify(credential, begun, said, now=NOW) == Rejected(Reason.PASSKEY_UNKNOWN)


def test_passkey_used_too_late() -> None:
    """Five minutes."""
    factor, device = a_passkey(), Authenticator()
    credential = held(made(factor, device))
    late = used(factor, credential, device, now=NOW + timedelta(minutes=5))
    assert late == Rejected(Reason.PASSKEY_EXPIRED)


def test_passkey_under_terms_that_changed() -> None:
    """What may be synced is no longer accepted where policy refuses it."""
    device = Authenticator(flags=UP | UV | BE)
    credential = held(made(a_passkey(), device))
    strict = a_passkey(synced="refused")
    assert not strict.accepts(credential)
    assert used(strict, credential, device) == Rejected(Reason.PASSKEY_NOT_ALLOWED)


@pytest.mark.parametrize(("count", "accepted"), [(0, False), (9, False), (10, False), (11, True)])
def test_passkey_counter(count: int, accepted: bool) -> None:
    """It only rises (WebAuthn Level 3 §7.2 step 22)."""
    factor, device = a_passkey(), Authenticator()
    credential = held(made(factor, device, count=10))
    result = used(factor, credential, device, count=count)
    assert result == Rejected(Reason.COUNTER_REGRESSED) if not accepted else isinstance(result, Verified)


def test_passkey_without_verification() -> None:
    """Where it is required the proof is refused; else it shows that nobody was verified."""
    device = Authenticator()
    credential = held(made(a_passkey(), device))
    assert used(a_passkey(), credential, device, flags=UP) == Rejected(Reason.PASSKEY_UNVERIFIED)
    result = used(a_passkey(user_verification="preferred"), credential, device, flags=UP)
    assert isinstance(result, Verified)
    assert (result.properties, result.lasting) == ({BOUND}, {VERIFIED, BOUND})


@pytest.mark.parametrize("text", ["", "x", "[]", "{}", '{"id": 1}', '{"id": "a b"}', '{"id": "AA=="}', "[" * 9000])
def test_passkey_that_an_answer_does_not_name(text: str) -> None:
    """What names none finds none."""
    assert a_passkey().key_hash_in(text) == ""


def test_passkey_prints_no_challenge() -> None:
    """Neither the ceremony nor the credential print what they hold."""
    factor = a_passkey()
    new = made(factor, Authenticator())
    assert isinstance(new, NewCredential)
    assert "public_key" not in repr(new)
