"""The call: as a text message, to fixed lines too."""

from datetime import UTC, datetime

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, Person
from idp.factors.sms import Sms
from idp.factors.voice import Voice

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BOB = Person(id="u1", username="bob")


@pytest.mark.parametrize("typed", ["+442079460958", "+12025550142"])
def test_calls_reach_fixed_and_mobile_numbers(typed: str) -> None:
    """A call reaches what a text message does not."""
    begun = Voice().enroll_begin(BOB, typed=typed, tokens=SystemTokens(), now=NOW)
    assert isinstance(begun, Challenge)
    assert begun.message is not None
    assert (begun.message.channel, begun.message.to) == ("voice", typed)


def test_fixed_lines_get_no_text_messages() -> None:
    """A text message to a fixed line arrives nowhere."""
    begun = Sms().enroll_begin(BOB, typed="+442079460958", tokens=SystemTokens(), now=NOW)
    assert begun == Rejected(Reason.PHONE_NOT_SERVED)


def test_a_number_is_one_channel() -> None:
    """Called and written to, it is the same number: two proofs by it are one."""
    assert Voice().channel_of("+12025550142") == Sms().channel_of("+12025550142")
