"""Codes that are sent, by text message and by mail (F3, F4)."""

from datetime import UTC, datetime, timedelta

import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, Credential, NewCredential, Person, Verified
from idp.factors.email import Email
from idp.factors.sent_code import SentCode
from idp.factors.sms import Sms

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
TTL = timedelta(minutes=5)
PERSON = Person(id="u1", username="carol")
NUMBER = "+12025550103"
BOTH = pytest.mark.parametrize(
    ("factor", "destination"), [(Sms(), NUMBER), (Email(), "carol@example.com")], ids=["sms", "email"]
)


def a_destination(factor: SentCode, destination: str, credential_id: str = "c1") -> Credential:
    return factor.bind(destination).bound(factor.name, credential_id=credential_id, user_id="u1", now=NOW)


def sent(factor: SentCode, credential: Credential, now: datetime = NOW) -> tuple[Challenge, str]:
    challenge = factor.begin(PERSON, credential, tokens=SystemTokens(), now=now)
    assert challenge.message is not None
    return challenge, challenge.message.values["code"]


def another(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


@BOTH
def test_sent_code_goes_to_the_destination_alone(factor: SentCode, destination: str) -> None:
    """The message names the destination; what is kept and what the page shows hold no code."""
    challenge, code = sent(factor, a_destination(factor, destination))
    message = challenge.message
    assert message is not None
    assert (message.channel, message.to, message.purpose) == (factor.name, destination, "code")
    assert message.values == {"code": code, "minutes": "5"}
    assert len(code) == 6
    assert code not in challenge.state.decode()
    assert destination not in str(challenge.page)
    assert code not in repr(challenge)


@BOTH
def test_sent_code_is_accepted(factor: SentCode, destination: str) -> None:
    """The code that was sent last, in time, passes; spaces and hyphens are dropped."""
    credential = a_destination(factor, destination)
    challenge, code = sent(factor, credential)
    assert factor.verify(credential, challenge, code, now=NOW) == Verified()
    assert factor.verify(credential, challenge, f" {code[:3]}-{code[3:]} ", now=NOW) == Verified()


@BOTH
def test_sent_code_is_refused_after_its_end(factor: SentCode, destination: str) -> None:
    """Five minutes, and not at their end (OTP-18)."""
    credential = a_destination(factor, destination)
    challenge, code = sent(factor, credential)
    assert factor.verify(credential, challenge, code, now=NOW + TTL - timedelta(seconds=1)) == Verified()
    assert factor.verify(credential, challenge, code, now=NOW + TTL) == Rejected(Reason.CODE_EXPIRED)


def test_sent_code_of_before_a_resend_is_void() -> None:
    """A new code has a state of its own; the old code does not fit it (OTP-14)."""
    factor = Sms()
    credential = a_destination(factor, NUMBER)
    _, first = sent(factor, credential)
    challenge, second = sent(factor, credential)
    assert first == second or factor.verify(credential, challenge, first, now=NOW) == Rejected(Reason.CODE_MISMATCH)
    assert factor.verify(credential, challenge, second, now=NOW) == Verified()


def test_sent_code_belongs_to_its_credential() -> None:
    """The same number of two people is two credentials: a code of the one is nothing to the other (OTP-17)."""
    factor = Sms()
    mine, theirs = a_destination(factor, NUMBER, "c1"), a_destination(factor, NUMBER, "c2")
    challenge, code = sent(factor, theirs)
    assert factor.verify(mine, challenge, code, now=NOW) == Rejected(Reason.CODE_MISMATCH)


def test_sent_code_needs_to_be_sent() -> None:
    """Nothing was sent, so nothing is right; without a credential neither."""
    factor = Email()
    credential = a_destination(factor, "carol@example.com")
    assert factor.verify(credential, Challenge(), "123456", now=NOW) == Rejected(Reason.CODE_MISMATCH)
    challenge, code = sent(factor, credential)
    assert factor.verify(None, challenge, code, now=NOW) == Rejected(Reason.FACTOR_NOT_ENROLLED)


def test_sent_code_that_is_wrong() -> None:
    """A wrong code is a mismatch, also when it comes too late."""
    factor = Sms()
    credential = a_destination(factor, NUMBER)
    challenge, code = sent(factor, credential)
    wrong = another(code)
    assert factor.verify(credential, challenge, wrong, now=NOW) == Rejected(Reason.CODE_MISMATCH)
    assert factor.verify(credential, challenge, wrong, now=NOW + TTL) == Rejected(Reason.CODE_MISMATCH)


@pytest.mark.parametrize(
    "disguise",
    [
        lambda code: "".join(chr(0xFF10 + int(digit)) for digit in code),
        lambda code: "".join(chr(0x0660 + int(digit)) for digit in code),
        lambda code: code[:3] + "\u00a0" + code[3:],
        lambda code: "0" + code,
        lambda code: code[:5],
        lambda code: f"+{code}",
        lambda code: f"{code}\n",
        lambda code: "",
    ],
    ids=["full-width", "arabic", "nbsp", "longer", "shorter", "plus", "newline", "empty"],
)
def test_sent_code_is_ascii_digits_alone(disguise: object) -> None:
    """A code in disguise is malformed, whether or not it is right (OTP-03)."""
    assert callable(disguise)
    factor = Sms()
    credential = a_destination(factor, NUMBER)
    challenge, code = sent(factor, credential)
    assert factor.verify(credential, challenge, disguise(code), now=NOW) == Rejected(Reason.CODE_MALFORMED)


def test_sent_code_has_as_many_digits_as_the_policy_says() -> None:
    """Eight digits where the bundle asks for eight, for as long as it says."""
    factor = Sms(digits=8, ttl=timedelta(seconds=90), attempts=3)
    credential = a_destination(factor, NUMBER)
    challenge, code = sent(factor, credential)
    assert len(code) == 8
    assert challenge.message is not None
    assert challenge.message.values["minutes"] == "1"
    assert factor.verify(credential, challenge, code, now=NOW) == Verified()
    assert factor.sending is not None
    assert factor.sending.attempts == 3


def test_email_is_one_mailbox_however_it_is_spelled() -> None:
    """Two spellings of an address are one channel; mail goes to the address as it was given."""
    new = Email().bind("Carol@Example.com")
    assert (new.channel, new.material, new.label) == (
        "mailbox:carol@example.com",
        b"Carol@Example.com",
        "C•••@Example.com",
    )


def test_sms_is_enrolled_by_the_code_that_was_sent() -> None:
    """The number is kept once its code has come back, under one channel whoever holds it."""
    factor = Sms()
    challenge = factor.enroll_begin(PERSON, typed="+1 (202) 555-0103", tokens=SystemTokens(), now=NOW)
    assert isinstance(challenge, Challenge)
    assert challenge.message is not None
    assert challenge.message.to == NUMBER
    assert challenge.page == {"to": "•••• 03", "digits": "6", "lasts": "300"}
    code = challenge.message.values["code"]
    new = factor.enroll_finish(PERSON, challenge, code, now=NOW)
    assert new == NewCredential(channel=f"number:{NUMBER}", material=NUMBER.encode(), label="•••• 03")


def test_sms_is_not_enrolled_without_its_code() -> None:
    """A wrong, late or missing code enrols nothing, and nothing typed is no number."""
    factor = Sms()
    challenge = factor.enroll_begin(PERSON, typed=NUMBER, tokens=SystemTokens(), now=NOW)
    assert isinstance(challenge, Challenge)
    assert challenge.message is not None
    code = challenge.message.values["code"]
    assert factor.enroll_finish(PERSON, challenge, another(code), now=NOW) == Rejected(Reason.CODE_MISMATCH)
    assert factor.enroll_finish(PERSON, challenge, code, now=NOW + TTL) == Rejected(Reason.CODE_EXPIRED)
    assert factor.enroll_finish(PERSON, Challenge(), code, now=NOW) == Rejected(Reason.CODE_MISMATCH)
    refused = factor.enroll_begin(PERSON, typed="", tokens=SystemTokens(), now=NOW)
    assert refused == Rejected(Reason.PHONE_MALFORMED)
