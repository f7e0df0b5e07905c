"""What is refused in either ceremony, whatever else is right (WebAuthn Level 3 §7.1, §7.2)."""

from typing import Any

import cbor2
import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.factors.base import NewCredential, Verified
from tests.factors.passkey.kit import ALICE, NOW, TOKENS, a_passkey, held, made, used
from tests.support.authenticator import BE, UP, UV, Authenticator, to_text

REFUSED = Rejected(Reason.PASSKEY_REFUSED)
LIES: dict[str, dict[str, Any]] = {
    "another origin": {"origin": "https://evil.test"},
    "another site": {"rp_id": "evil.test"},
    "another challenge": {"challenge": to_text(bytes(32))},
    "another ceremony": {"type": "payment.get"},
    "inside another page": {"client_says": {"crossOrigin": True}},
    "inside another page, named": {"client_says": {"topOrigin": "https://evil.test"}},
    "no JSON": {"client": b"\xff"},
    "no members": {"client": b"{}"},
    "another id": {"answer": {"id": "AAAA"}},
    "padded": {"answer": {"id": "AAA=", "rawId": "AAA="}},
    "no public key": {"answer": {"type": "password"}},
    "no text": {"answer": {"response": {}}},
    "too long": {"answer": {"response": {"clientDataJSON": "A" * 40_000}}},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_registration_refuses(lie: dict[str, Any]) -> None:
    """No passkey comes of it."""
    assert made(a_passkey(), Authenticator(), **lie) == REFUSED


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_assertion_refuses(lie: dict[str, Any]) -> None:
    """Nobody is proved by it."""
    device = Authenticator()
    credential = held(made(a_passkey(), device))
    assert used(a_passkey(), credential, device, **lie) in (REFUSED, Rejected(Reason.PASSKEY_UNKNOWN))


@pytest.mark.parametrize("origin", ["http://localhost:8000", "https://other.example"])
def test_every_origin_of_the_site_is_good(origin: str) -> None:
    """`IDP_WEBAUTHN_ORIGINS` lists them."""
    device = Authenticator(origin=origin)
    credential = held(made(a_passkey(), device))
    assert isinstance(used(a_passkey(), credential, device), Verified)


def test_registration_of_another_key_than_named() -> None:
    """The id in the answer is the one that the authenticator signed."""
    other = {"answer": {"id": "AAAA", "rawId": "AAAA"}}
    assert made(a_passkey(), Authenticator(), **other) == REFUSED


@pytest.mark.parametrize(
    "thing",
    [b"", b"\x00", cbor2.dumps([1]), b"\x81" * 10_000 + b"\x00", cbor2.dumps({"fmt": "none", "authData": b"x"})],
    ids=["bytes", "a number", "a list", "deep", "short"],
)
def test_registration_of_what_is_no_attestation(thing: bytes) -> None:
    """Bytes that anybody may send."""
    assert made(a_passkey(), Authenticator(), object=thing or b"\xff") == REFUSED


@pytest.mark.parametrize(
    "lie",
    [
        {"signature": b"no"},
        {"user_handle": to_text(b"b2")},
        {"user_handle": ""},
        {"user_handle": "A"},
        {"flags": UV},
        {"flags": UP | UV | BE},
    ],
    ids=str,
)
def test_assertion_of_another_or_of_nobody(lie: dict[str, Any]) -> None:
    """A wrong signature, another's handle, nobody there, another kind of passkey."""
    device = Authenticator()
    credential = held(made(a_passkey(), device))
    assert used(a_passkey(), credential, device, **lie) == REFUSED


def test_assertion_without_a_handle() -> None:
    """An older security key sends none."""
    device = Authenticator()
    credential = held(made(a_passkey(), device))
    assert isinstance(used(a_passkey(), credential, device, user_handle=None), Verified)


@pytest.mark.parametrize("asked", ["none", "direct"])
def test_self_attestation_proves_nothing(asked: str) -> None:
    """It is checked and comes to nothing."""
    new = made(a_passkey(attestation=asked), Authenticator(attestation="self"))
    assert isinstance(new, NewCredential)
    assert "attested" not in new.properties


def test_assertion_by_another_passkey() -> None:
    """One that the ceremony was not offered to, or an answer in another's name, is not known here (WAN-08)."""
    device, other = Authenticator(), Authenticator()
    first, second = held(made(a_passkey(), device)), held(made(a_passkey(), other))
    begun = a_passkey().begin(ALICE, first, tokens=TOKENS, now=NOW)
    said = other.get(begun.page["options"], key=other.keys[0])
    for credential in (first, second):
        assert a_passkey().verify(credential, begun, said, now=NOW) == Rejected(Reason.PASSKEY_UNKNOWN)
