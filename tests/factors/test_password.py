"""The password factor (F1)."""

import unicodedata
from datetime import UTC, datetime

import pytest
from argon2 import Parameters, extract_parameters

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, Credential, Person, Verified
from idp.factors.comparison import compare
from idp.factors.password import LONGEST_TYPED, Password

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CHEAP = Password(memory_kib=64, passes=1)
"""Cheap, so that tests of the rules run in milliseconds."""


def a_password(text: str, *, factor: Password = CHEAP) -> Credential:
    made = factor.enrol(text)
    return Credential(
        id="c1", user_id="u1", factor="password", channel=made.channel, created_at=NOW, material=made.material
    )


def verify(credential: Credential | None, answer: str, *, factor: Password = CHEAP) -> Verified | Rejected:
    return factor.verify(credential, Challenge(), answer, now=NOW)


def test_password_is_accepted_when_it_is_the_same() -> None:
    """The password that was set is accepted, and uses nothing up."""
    assert verify(a_password("correct horse battery"), "correct horse battery") == Verified()


@pytest.mark.parametrize(
    "answer",
    ["", "Correct horse battery", "correct horse batter", "correct horse battery ", "correct horse battery\ud800"],
    ids=["empty", "case", "prefix", "longer", "surrogate"],
)
def test_password_is_refused_when_it_differs(answer: str) -> None:
    """Nothing but the whole password is accepted; no input is an error."""
    assert verify(a_password("correct horse battery"), answer) == Rejected(Reason.PASSWORD_MISMATCH)


def test_password_counts_to_its_last_character() -> None:
    """128 characters are never truncated, whatever their bytes (F1)."""
    long = "é" * 127 + "a"
    assert isinstance(verify(a_password(long), long), Verified)
    assert isinstance(verify(a_password(long), "é" * 127 + "b"), Rejected)


def test_password_is_one_however_its_accents_are_typed() -> None:
    """NFC makes composed and decomposed letters the same password."""
    assert isinstance(verify(a_password("caf\u00e9 au lait"), "cafe\u0301 au lait"), Verified)


def test_password_is_whole_or_wrong_however_long_it_is() -> None:
    """One from elsewhere may have 1,024 characters as typed; of a longer answer the beginning alone is not enough."""
    imported = a_password("x" * LONGEST_TYPED)
    assert verify(imported, "x" * LONGEST_TYPED) == Verified()
    assert verify(imported, "x" * (LONGEST_TYPED + 1)) == Rejected(Reason.PASSWORD_MISMATCH)
    # The longest that can be chosen, in its longest spelling: four signs a character.
    widest = "\u1f82" * 128
    assert len(spelled := unicodedata.normalize("NFD", widest)) == 512
    assert verify(a_password(widest), spelled) == Verified()


def test_password_is_hashed_as_decided() -> None:
    """argon2id, 19 MiB, two passes, one lane (F1)."""
    assert a_password("correct horse", factor=Password()).material.startswith(b"$argon2id$v=19$m=19456,t=2,p=1$")


def test_password_is_hashed_anew_when_parameters_have_changed() -> None:
    """A good password brings its hash to the newest parameters; a bad one does not."""
    old = a_password("correct horse", factor=Password(memory_kib=32, passes=1))
    verified = verify(old, "correct horse")
    assert isinstance(verified, Verified)
    assert verified.material is not None
    assert verified.material.startswith(b"$argon2id$v=19$m=64,")
    assert verify(old, "wrong horse") == Rejected(Reason.PASSWORD_MISMATCH)


def test_password_does_equal_work_for_nobody() -> None:
    """Without a credential the same comparison is made and refused, so that time does not tell who exists."""
    work = list[tuple[Parameters, bytes]]()

    def told(stored: str, secret: bytes) -> bool:
        work.append((extract_parameters(stored), secret))
        return compare(stored, secret)

    factor = Password(compares=told)
    for subject in (a_password("correct horse", factor=factor), None):
        assert isinstance(verify(subject, "wrong horse", factor=factor), Rejected)
    somebodys, nobodys = work
    assert somebodys == nobodys


def test_password_of_nobody_is_refused_even_if_guessed() -> None:
    """The dummy is no password of anyone."""
    nobody = "a password that nobody has; comparing with it costs what a real comparison costs"
    assert verify(None, nobody) == Rejected(Reason.PASSWORD_MISMATCH)


def test_password_is_refused_when_what_is_stored_is_no_hash() -> None:
    """A damaged hash refuses; it does not break the sign-in page."""
    damaged = Credential(
        id="c1", user_id="u1", factor="password", channel="person", created_at=NOW, material=b"\xffnonsense"
    )
    assert verify(damaged, "anything") == Rejected(Reason.PASSWORD_MISMATCH)


def test_password_begins_without_a_challenge() -> None:
    """There is nothing to keep, show or send."""
    person = Person(id="u1", username="ada")
    assert CHEAP.begin(person, a_password("correct horse"), tokens=SystemTokens(), now=NOW) == Challenge()
