"""Backup codes (F7)."""

from datetime import UTC, datetime

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.backup_code import BackupCode
from idp.factors.base import Challenge, Cost, Credential, Person, Verified
from idp.factors.crockford import ALPHABET

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PERSON = Person(id="u1", username="bob")
CHEAP = Cost(memory_kib=8, passes=1)


def factor(**settings: int) -> BackupCode:
    return BackupCode(cost=CHEAP, **settings)


def a_list(**settings: int) -> tuple[Credential, list[str], tuple[str, ...]]:
    """Return a stored list, its codes as they were shown, and their hashes in that order."""
    drawn = factor(**settings).enroll_begin(PERSON, typed="", tokens=SystemTokens(), now=NOW)
    assert isinstance(drawn, Challenge)
    new = factor(**settings).enroll_finish(PERSON, drawn, "", now=NOW)
    assert not isinstance(new, Rejected)
    credential = new.bound("backup_code", credential_id="c9", user_id="u1", now=NOW)
    return credential, drawn.page["codes"].split(), new.code_hashes


def verify(credential: Credential | None, answer: str) -> Verified | Rejected:
    return factor().verify(credential, Challenge(), answer, now=NOW)


def test_backup_codes_are_ten_of_ten_characters() -> None:
    """Ten different codes of Crockford's alphabet, shown 5-5; the list is a channel of its own."""
    credential, codes, hashes = a_list()
    assert len(set(codes)) == len(set(hashes)) == 10
    assert all(len(code) == 11 and code[5] == "-" and set(code) <= {*ALPHABET, "-"} for code in codes)
    assert credential.channel == "backup_code:c9"


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code,
        lambda code: code.lower(),
        lambda code: code.replace("-", ""),
        lambda code: f" {code} ".replace("-", " "),
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.replace("0", "o").replace("1", "I"),
    ],
    ids=["as shown", "small", "joined", "spaced", "O and l", "o and I"],
)
def test_backup_code_may_be_typed_as_people_do(typed: object) -> None:
    """Case, grouping, and letters that look like digits are the reader's (Crockford); its hash is what is spent."""
    assert callable(typed)
    credential, codes, hashes = a_list()
    for code, code_hash in zip(codes, hashes, strict=True):
        assert verify(credential, typed(code)) == Verified(code_hash=code_hash)


def test_backup_code_of_another_list_is_refused() -> None:
    """Each list has a salt of its own, and a code is of one list."""
    credential, _, hashes = a_list()
    _, others, other_hashes = a_list()
    assert verify(credential, others[0]) == Rejected(Reason.CODE_MISMATCH)
    assert not set(hashes) & set(other_hashes)


@pytest.mark.parametrize("typed", ["", "ABCDE", "ABCDE-FGHJU", "ABCDE-FGHJK-M", "\uff21BCDE-FGHJK", "A" * 9000])
def test_backup_code_that_is_none(typed: str) -> None:
    """What has not ten characters of the alphabet is malformed; nothing is hashed for it."""
    credential, _, _ = a_list()
    assert verify(credential, typed) == Rejected(Reason.CODE_MALFORMED)


def test_backup_code_needs_a_list() -> None:
    """Without a list nothing is right, and a list that was not drawn is not kept."""
    assert verify(None, "ABCDE-FGHJK") == Rejected(Reason.FACTOR_NOT_ENROLLED)
    assert factor().enroll_finish(PERSON, Challenge(), "", now=NOW) == Rejected(Reason.CODE_EXPIRED)


def test_backup_codes_are_kept_as_slow_hashes() -> None:
    """What is stored holds no code (OTP-22), nothing prints one, and the cost is that of the day it was made."""
    credential, codes, _ = a_list()
    for code in codes:
        assert code.replace("-", "") not in credential.material.decode().upper()
    assert BackupCode().verify(credential, Challenge(), codes[0], now=NOW) == verify(credential, codes[0])
    drawn = factor().enroll_begin(PERSON, typed="", tokens=SystemTokens(), now=NOW)
    assert isinstance(drawn, Challenge)
    assert drawn.state.decode() not in repr(drawn)


def test_backup_codes_are_as_many_and_as_long_as_the_policy_says() -> None:
    """Amount and length are the bundle's; a long code takes more than one draw."""
    credential, codes, hashes = a_list(amount=3, length=28)
    assert [len(code.replace("-", "")) for code in codes] == [28, 28, 28]
    assert verify(credential, codes[2]) == Verified(code_hash=hashes[2])


def test_backup_code_begins_without_a_challenge() -> None:
    """The list is on paper."""
    credential, _, _ = a_list()
    assert factor().begin(PERSON, credential, tokens=SystemTokens(), now=NOW) == Challenge()
