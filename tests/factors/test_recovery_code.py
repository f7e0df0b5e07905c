"""The recovery code (F8)."""

from datetime import UTC, datetime

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors import crockford
from idp.factors.base import Challenge, Credential, NewCredential, Person, Verified
from idp.factors.recovery_code import RecoveryCode

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
PERSON = Person(id="u1", username="ada")
FACTOR = RecoveryCode()


def enrolled(factor: RecoveryCode = FACTOR) -> tuple[Credential, str]:
    """Return a credential, and the code as its page shows it."""
    challenge = factor.enroll_begin(PERSON, typed="", tokens=SystemTokens(), now=NOW)
    assert isinstance(challenge, Challenge)
    new = factor.enroll_finish(PERSON, challenge, "", now=NOW)
    assert isinstance(new, NewCredential)
    return new.bound("recovery_code", credential_id="c1", user_id="u1", now=NOW), challenge.page["codes"]


def verify(credential: Credential | None, answer: str) -> Verified | Rejected:
    return FACTOR.verify(credential, Challenge(), answer, now=NOW)


@pytest.mark.parametrize("length", [24, 25, 60])
def test_recovery_code_has_more_bits_than_need_a_slow_hash(length: int) -> None:
    """112 bits at least (ASVS 6.5.2), in groups of five."""
    credential, shown = enrolled(RecoveryCode(length=length))
    code = shown.replace("-", "")
    assert len(code) == length
    assert length * crockford.BITS >= 112
    assert {len(group) for group in shown.split("-")[:-1]} == {5}
    assert code.encode() not in credential.material
    assert code not in repr(credential)


def test_recovery_code_is_read_as_people_write_it() -> None:
    """Case, grouping, and letters that stand for digits are theirs."""
    credential, shown = enrolled()
    accepted = verify(credential, shown)
    assert isinstance(accepted, Verified)
    assert accepted.code_hash
    for typed in (shown.lower(), shown.replace("-", " "), shown.replace("0", "o").replace("1", "L")):
        assert verify(credential, typed) == accepted


@pytest.mark.parametrize("typed", ["", "A", "A" * 26, "A" * 9000, "!" * 25, "Ａ" * 25, "U" * 25])
def test_recovery_code_in_another_shape_is_malformed(typed: str) -> None:
    """What cannot be a code is told so."""
    assert verify(enrolled()[0], typed) == Rejected(Reason.CODE_MALFORMED)


def test_recovery_code_of_another_is_refused() -> None:
    """Only this person's, and only where there is one."""
    assert verify(enrolled()[0], enrolled()[1]) == Rejected(Reason.CODE_MISMATCH)
    assert verify(None, enrolled()[1]) == Rejected(Reason.FACTOR_NOT_ENROLLED)


def test_recovery_code_is_replaced_by_one_that_is_shown() -> None:
    """The page of a rotation shows the code that is kept, and no other."""
    rotation = FACTOR.rotate(tokens=SystemTokens())
    credential = rotation.new.bound("recovery_code", credential_id="c1", user_id="u1", now=NOW)
    accepted = verify(credential, rotation.challenge.page["codes"])
    assert isinstance(accepted, Verified)
    assert rotation.new.code_hashes == (accepted.code_hash,)


def test_recovery_code_needs_no_challenge_and_is_not_kept_unshown() -> None:
    """There is nothing to prepare; what was not shown is not kept."""
    assert FACTOR.begin(PERSON, enrolled()[0], tokens=SystemTokens(), now=NOW) == Challenge()
    assert FACTOR.enroll_finish(PERSON, Challenge(), "", now=NOW) == Rejected(Reason.CODE_EXPIRED)
