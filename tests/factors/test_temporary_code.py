"""The temporary code (E7): drawn, compared, good once and for a while."""

from datetime import timedelta

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, Cost, Credential, Person, Verified
from idp.factors.issued import is_open
from idp.factors.temporary_code import NAME, TemporaryCode
from tests.support.builders import NOW

FACTOR = TemporaryCode(cost=Cost(memory_kib=8, passes=1))
ADA = Person(id="ada", username="ada")


def issued(**changes: object) -> tuple[str, Credential]:
    text, new = FACTOR.issue(tokens=SystemTokens(), now=NOW)
    values = {"id": "c1", "user_id": "ada", "factor": NAME, "channel": new.channel, "created_at": NOW}
    return text, Credential(**values | {"material": new.material} | changes)


def verify(credential: Credential | None, answer: str, *, after: timedelta = timedelta(0)) -> Verified | Rejected:
    return FACTOR.verify(credential, Challenge(), answer, now=NOW + after)


def test_code_is_accepted_as_it_was_read_out() -> None:
    """Groups, case and look-alikes are the reader's business; the channel is the issuer's."""
    text, credential = issued()
    assert len(text) == 17
    assert credential.channel == "issuer"
    assert FACTOR.begin(ADA, credential, tokens=SystemTokens(), now=NOW) == Challenge()
    for typed in (text, text.lower(), text.replace("-", " "), text.replace("0", "O").replace("1", "l")):
        assert verify(credential, typed) == Verified(step=1)


@pytest.mark.parametrize("typed", ["", "00000-00000-00000", "0" * 500, "日本語"])
def test_other_texts_are_refused(typed: str) -> None:
    """Nothing else is the code, however it is made up."""
    assert verify(issued()[1], typed) == Rejected(Reason.CODE_MISMATCH)


def test_code_ends() -> None:
    """After its hours, once it was used, and where there is none."""
    text, credential = issued()
    hours = timedelta(hours=8)
    assert verify(credential, text, after=hours) == Rejected(Reason.CODE_EXPIRED)
    assert [is_open(credential, NOW + after) for after in (timedelta(0), hours)] == [True, False]
    text, used = issued(step=1)
    assert verify(used, text) == Rejected(Reason.CODE_USED)
    assert not is_open(used, NOW)
    assert verify(None, text) == Rejected(Reason.FACTOR_NOT_ENROLLED)


def test_code_is_kept_as_a_slow_hash() -> None:
    """What is stored does not hold the code."""
    text, credential = issued()
    assert text.replace("-", "").encode() not in credential.material
