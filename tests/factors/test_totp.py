"""The authenticator app (F2)."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, Credential, NewCredential, Person, Verified
from idp.factors.totp import Totp, TotpMaterial

NOW = datetime(2026, 11, 24, 12, 0, 10, tzinfo=UTC)
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
STEP = int(NOW.timestamp()) // 30


def an_app(*, step: int | None = None, material: TotpMaterial | None = None) -> Credential:
    material = material or TotpMaterial(secret=SECRET)
    return Credential(
        id="c2", user_id="u1", factor="totp", channel="totp:c2", created_at=NOW, material=material.encoded(), step=step
    )


def code_of(step: int) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


def verify(credential: Credential | None, answer: str, *, window: int = 1, now: datetime = NOW) -> Verified | Rejected:
    return Totp(window=window).verify(credential, Challenge(), answer, now=now)


@pytest.mark.parametrize(
    ("algorithm", "secret", "digits", "at", "code"),
    [
        ("SHA1", b"12345678901234567890", 8, 59, "94287082"),
        ("SHA1", b"12345678901234567890", 8, 1111111109, "07081804"),
        ("SHA256", b"12345678901234567890123456789012", 8, 59, "46119246"),
        ("SHA512", b"1234567890" * 6 + b"1234", 8, 59, "90693936"),
    ],
)
def test_totp_accepts_the_codes_of_the_standard(algorithm: str, secret: bytes, digits: int, at: int, code: str) -> None:
    """RFC 6238, Appendix B."""
    from base64 import b32encode

    material = TotpMaterial(secret=b32encode(secret).decode().rstrip("="), digits=digits, algorithm=algorithm)
    now = datetime.fromtimestamp(at, UTC)
    assert verify(an_app(material=material), code, now=now) == Verified(step=at // 30)


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_totp_accepts_one_step_either_side(drift: int) -> None:
    """The window is one step, and the step that matched is what will be spent (security.md, decided)."""
    assert verify(an_app(), code_of(STEP + drift)) == Verified(step=STEP + drift)


@pytest.mark.parametrize("drift", [-2, 2])
def test_totp_refuses_codes_beyond_the_window(drift: int) -> None:
    """Two steps away is too far (OTP-18)."""
    assert verify(an_app(), code_of(STEP + drift)) == Rejected(Reason.CODE_MISMATCH)


def test_totp_window_of_none_takes_the_present_step_alone() -> None:
    """Strict bundles allow no drift (ASVS 6.5.5)."""
    assert verify(an_app(), code_of(STEP), window=0) == Verified(step=STEP)
    assert verify(an_app(), code_of(STEP - 1), window=0) == Rejected(Reason.CODE_MISMATCH)


@pytest.mark.parametrize(("last", "drift"), [(0, 0), (0, -1), (1, 0), (1, 1)])
def test_totp_goes_forward_only(last: int, drift: int) -> None:
    """A step not greater than the last one spent is refused as used (RFC 6238 §5.2; OTP-01, OTP-02)."""
    assert verify(an_app(step=STEP + last), code_of(STEP + drift)) == Rejected(Reason.CODE_USED)


def test_totp_accepts_a_later_step_than_the_last() -> None:
    """The next code is good."""
    assert verify(an_app(step=STEP - 1), code_of(STEP)) == Verified(step=STEP)


@pytest.mark.parametrize("shape", ["{0}{1} {2}", " {0}{1}{2} ", "{0}{1}-{2}", "{0}-{1}-{2}"])
def test_totp_drops_ascii_spaces_and_hyphens(shape: str) -> None:
    """People type codes in groups."""
    code = code_of(STEP)
    assert isinstance(verify(an_app(), shape.format(code[:2], code[2:3], code[3:])), Verified)


def _wide(code: str) -> str:
    return "".join(chr(ord(digit) - 0x30 + 0xFF10) for digit in code)


def _mathematical(code: str) -> str:
    return "".join(chr(ord(digit) - 0x30 + 0x1D7CE) for digit in code)


@pytest.mark.parametrize(
    "disguise",
    [
        _wide,
        _mathematical,
        lambda code: code[:5] + _wide(code[5:]),
        lambda code: code[:3] + "\u00a0" + code[3:],
        lambda code: "+" + code,
        lambda code: "0" + code,
        lambda code: code[:5],
        lambda code: code + "\x00",
        lambda code: "",
        lambda code: "-" * 9000,
    ],
    ids=["full-width", "mathematical", "one of them", "nbsp", "plus", "leading zero", "short", "nul", "empty", "long"],
)
def test_totp_refuses_what_is_not_six_ascii_digits(disguise: object) -> None:
    """A code in disguise is malformed, whether or not it is right (OTP-03; CVE-2025-6015)."""
    assert callable(disguise)
    assert verify(an_app(), disguise(code_of(STEP))) == Rejected(Reason.CODE_MALFORMED)


def test_totp_spends_the_later_step_when_a_code_fits_two() -> None:
    """Two steps of one window may share a code; then both are spent."""
    twin = 910_737
    code = code_of(twin)
    assert code == code_of(twin + 1)
    now = datetime.fromtimestamp(twin * 30 + 1, UTC)
    assert verify(an_app(), code, now=now) == Verified(step=twin + 1)


def test_totp_needs_a_credential() -> None:
    """Without an app nothing is right."""
    assert verify(None, "123456") == Rejected(Reason.FACTOR_NOT_ENROLLED)


def test_totp_asks_only_for_the_given_time() -> None:
    """No clock but the given one: an hour later the code is old (OTP-25)."""
    assert isinstance(verify(an_app(), code_of(STEP), now=NOW + timedelta(hours=1)), Rejected)


def test_totp_counts_from_the_start_of_time() -> None:
    """A window before the epoch is no error."""
    start = datetime.fromtimestamp(0, UTC)
    assert verify(an_app(), code_of(0), now=start) == Verified(step=0)


def test_totp_material_does_not_print_its_secret() -> None:
    """A secret never reaches a log by accident."""
    assert SECRET not in repr(TotpMaterial(secret=SECRET))
    assert SECRET not in repr(replace(an_app(), label="phone"))


def test_totp_begins_without_a_challenge() -> None:
    """The app needs nothing from us."""
    person = Person(id="u1", username="ada")
    assert Totp().begin(person, an_app(), tokens=SystemTokens(), now=NOW) == Challenge()


def test_totp_describes_what_its_apps_show() -> None:
    """A page says how many digits are wanted and how long they are shown, where all apps agree on it."""
    short, long = an_app(), an_app(material=TotpMaterial(secret=SECRET, digits=8, period=60))
    assert Totp().describe([short, short]) == {"digits": "6", "period": "30"}
    assert Totp().describe([long]) == {"digits": "8", "period": "60"}
    assert Totp().describe([short, long]) == {"digits": "", "period": ""}
    assert Totp().describe([]) == {"digits": "", "period": ""}


@pytest.mark.parametrize("digits", [6, 8])
@pytest.mark.parametrize("period", [15, 30, 60])
@pytest.mark.parametrize("algorithm", ["SHA1", "SHA256", "SHA512"])
def test_totp_keeps_the_parameters_of_its_own_time(digits: int, period: int, algorithm: str) -> None:
    """An app enrolled under one bundle still works under another, by its own parameters (F2)."""
    before = Totp(digits=digits, period=timedelta(seconds=period), algorithm=algorithm)
    challenge = before.enroll_begin(Person(id="u1", username="ada"), typed="", tokens=SystemTokens(), now=NOW)
    assert isinstance(challenge, Challenge)
    secret = challenge.page["secret"].replace(" ", "")
    app = pyotp.TOTP(secret, digits=digits, interval=period, digest=getattr(hashlib, algorithm.lower()))
    new = before.enroll_finish(Person(id="u1", username="ada"), challenge, app.at(NOW), now=NOW)
    assert isinstance(new, NewCredential)
    credential = new.bound("totp", credential_id="c2", user_id="u1", now=NOW)
    later = NOW + timedelta(seconds=2 * period)
    for now_in_force in (Totp(), Totp(digits=8, period=timedelta(seconds=45), algorithm="SHA512")):
        assert now_in_force.verify(credential, Challenge(), app.at(later), now=later) == Verified(
            step=int(later.timestamp()) // period
        )


def test_totp_with_a_seed_that_is_too_short_is_closed() -> None:
    """pyotp refuses seeds under 112 bits: such an app is told to be of no use, and nothing fails."""
    short = an_app(material=TotpMaterial(secret="GEZDGNBVGY3TQOJQ"))
    assert verify(short, "123456") == Rejected(Reason.FACTOR_DISABLED)
