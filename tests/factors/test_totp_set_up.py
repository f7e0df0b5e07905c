"""Setting up an authenticator app (F2)."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import SystemTokens
from idp.factors.base import Challenge, NewCredential, Person, Verified
from idp.factors.totp import Totp

NOW = datetime(2026, 11, 24, 12, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30
PERSON = Person(id="u1", username="alice & co")


def a_set_up(**shape: object) -> tuple[Challenge, str]:
    """Return a set-up, and the secret that its page shows."""
    challenge = Totp(**shape).enroll_begin(PERSON, typed="", tokens=SystemTokens(), now=NOW)  # type: ignore[arg-type]
    assert isinstance(challenge, Challenge)
    return challenge, challenge.page["secret"].replace(" ", "")


@pytest.mark.parametrize(("algorithm", "length"), [("SHA1", 20), ("SHA256", 32), ("SHA512", 64)])
def test_totp_secret_is_as_long_as_its_hash(algorithm: str, length: int) -> None:
    """RFC 4226 §4 R6, RFC 6238 §5.1: each set-up draws one of its own."""
    _, secret = a_set_up(algorithm=algorithm)
    assert len(base64.b32decode(secret + "=" * (-len(secret) % 8))) == length
    assert a_set_up(algorithm=algorithm)[1] != secret


def test_totp_address_is_what_apps_read() -> None:
    """The picture holds the secret, its parameters, and whom it is for; a name cannot add a parameter."""
    challenge, secret = a_set_up(digits=8, period=timedelta(minutes=1), algorithm="SHA256", service="login.example")
    parts = urlsplit(challenge.page["address"])
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/login.example:alice & co"
    assert parse_qs(parts.query) == {
        "secret": [secret],
        "algorithm": ["SHA256"],
        "digits": ["8"],
        "period": ["60"],
        "issuer": ["login.example"],
    }
    assert challenge.page["picture"].startswith("<svg ")
    assert set(challenge.page["picture"]) & {"&", ";"} == set()


def test_totp_address_without_a_service() -> None:
    """Where there is no name for the service, the app shows the person's alone."""
    challenge, _ = a_set_up()
    assert urlsplit(challenge.page["address"]).path == "/alice%20%26%20co"
    assert "issuer" not in challenge.page["address"]


def test_totp_is_kept_once_its_code_comes_back() -> None:
    """The first good code enrols the app, and is spent by it (OTP-05)."""
    challenge, secret = a_set_up()
    code = pyotp.TOTP(secret).generate_otp(STEP)
    new = Totp().enroll_finish(PERSON, challenge, code, now=NOW)
    assert new == NewCredential(channel="", material=challenge.state, step=STEP)
    assert isinstance(new, NewCredential)
    credential = new.bound("totp", credential_id="c1", user_id="u1", now=NOW)
    assert credential.channel == "totp:c1"
    assert Totp().verify(credential, Challenge(), code, now=NOW) == Rejected(Reason.CODE_USED)
    following = pyotp.TOTP(secret).generate_otp(STEP + 1)
    assert Totp().verify(credential, Challenge(), following, now=NOW) == Verified(step=STEP + 1)


def test_totp_is_not_kept_without_a_good_code() -> None:
    """A wrong code, one of another secret, or nothing begun: nothing is enrolled."""
    challenge, secret = a_set_up()
    late = pyotp.TOTP(secret).generate_otp(STEP + 5)
    assert Totp().enroll_finish(PERSON, challenge, late, now=NOW) == Rejected(Reason.CODE_MISMATCH)
    assert Totp().enroll_finish(PERSON, challenge, "12345", now=NOW) == Rejected(Reason.CODE_MALFORMED)
    assert Totp().enroll_finish(PERSON, Challenge(), late, now=NOW) == Rejected(Reason.CODE_EXPIRED)


def test_totp_set_up_does_not_print_its_secret() -> None:
    """The state is never printed."""
    challenge, secret = a_set_up()
    assert secret not in repr(Challenge(state=challenge.state))
