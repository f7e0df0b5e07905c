"""The authenticator app (F2): time-based one-time codes (RFC 6238).

Owns the shape of a code and which time step it belongs to. Each step counts once and only forward (RFC 6238 §5.2): a
step that is not greater than the credential's last is refused here, and whoever stores the result advances that step by
one conditional write. pyotp alone would accept a code again, and full-width digits through NFKC (OTP-01 to OTP-03).
A new app's secret lives in the sealed state of its set-up until its first good code, which is spent with it (OTP-05).
The parameters are kept with each app, so that a change of the bundle leaves those that are enrolled as they are; the
window alone is the bundle's at every moment. pyotp takes no seed under 112 bits: an app with a shorter one is closed.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pyotp

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors import key_uri
from idp.factors.base import Challenge, Credential, NewCredential, Person, Sending, Verified

_DIGESTS: Mapping[str, Callable[..., Any]] = {
    "SHA1": hashlib.sha1,
    "SHA256": hashlib.sha256,
    "SHA512": hashlib.sha512,
}
_SECRET_BYTES = {"SHA1": 20, "SHA256": 32, "SHA512": 64}
"""As long as the hash (RFC 6238 §5.1, RFC 4226 §4 R6)."""
ALGORITHMS = tuple(_DIGESTS)
SHORTEST_SEED = 14
"""Bytes: pyotp computes nothing under 112 bits (RFC 4226 §4 R6 asks for 128)."""
_BYTES_OF_ID = 16
_GROUP = 4
_DROPPED = str.maketrans("", "", " -")


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpMaterial:
    """What is kept of one app: base32 secret and the parameters it was enrolled with."""

    secret: str = field(repr=False)
    digits: int = 6
    period: int = 30
    """Seconds."""
    algorithm: str = "SHA1"

    def encoded(self) -> bytes:
        """Return the material as it is sealed and stored."""
        return msgspec.json.encode(self)


class Totp:
    """Something one has: an app that shares a secret with us."""

    name = "totp"
    input_name = "code"
    typed_name = ""
    is_slow = False
    is_proof = True
    sending: Sending | None = None

    def __init__(
        self,
        *,
        window: int = 1,
        digits: int = 6,
        period: timedelta = timedelta(seconds=30),
        algorithm: str = "SHA1",
        service: str = "",
    ) -> None:
        self._window = window
        self._digits = digits
        self._period = period
        self._algorithm = algorithm
        self._service = service

    def begin(self, person: Person, credential: Credential, *, tokens: Tokens, now: datetime) -> Challenge:  # noqa: ARG002 -- the interface of all factors
        """Ask for the code; the app needs nothing from us."""
        return Challenge()

    def verify(
        self,
        credential: Credential | None,
        challenge: Challenge,  # noqa: ARG002 -- the interface of all factors
        answer: str,
        *,
        now: datetime,
    ) -> Verified | Rejected:
        """Accept a code of a step within the window that is greater than the last one spent."""
        if credential is None:
            return Rejected(Reason.FACTOR_NOT_ENROLLED)
        material = _material(credential)
        code = answer.translate(_DROPPED)
        if len(code) != material.digits or not (code.isascii() and code.isdecimal()):
            return Rejected(Reason.CODE_MALFORMED)
        try:
            steps = self._steps(material, code, now)
        except ValueError:
            return Rejected(Reason.FACTOR_DISABLED)
        fresh = [step for step in steps if credential.step is None or step > credential.step]
        if fresh:
            return Verified(step=max(fresh))
        return Rejected(Reason.CODE_USED if steps else Reason.CODE_MISMATCH)

    def describe(self, held: Sequence[Credential]) -> Mapping[str, str]:
        """Return how many digits the code has and for how many seconds it is shown, where that is one number."""
        apps = [_material(credential) for credential in held]
        return {"digits": _only(app.digits for app in apps), "period": _only(app.period for app in apps)}

    def enroll_begin(self, person: Person, *, typed: str, tokens: Tokens, now: datetime) -> Challenge | Rejected:  # noqa: ARG002 -- the interface of all factors
        """Draw a secret and show it, as a picture and as text; an app is asked nothing before."""
        material = TotpMaterial(
            secret=_secret(tokens, _SECRET_BYTES[self._algorithm]),
            digits=self._digits,
            period=int(self._period.total_seconds()),
            algorithm=self._algorithm,
        )
        address = key_uri.address("totp", username=person.username, service=self._service, parameters=asdict(material))
        page = {
            "secret": _grouped(material.secret),
            "address": address,
            "picture": key_uri.picture(address),
            "digits": str(material.digits),
        }
        return Challenge(state=material.encoded(), page=page)

    def enroll_finish(
        self, person: Person, challenge: Challenge, answer: str, *, now: datetime
    ) -> NewCredential | Rejected:
        """Keep the app once it shows a good code."""
        if not challenge.state:
            return Rejected(Reason.CODE_EXPIRED)
        new = NewCredential(channel="", material=challenge.state)
        result = self.verify(
            new.bound(self.name, credential_id="", user_id=person.id, now=now), challenge, answer, now=now
        )
        return result if isinstance(result, Rejected) else replace(new, step=result.step)

    def _steps(self, material: TotpMaterial, code: str, now: datetime) -> list[int]:
        """Return every step within the window that this code belongs to; each is compared, in constant time.

        Raises ValueError for a seed that pyotp refuses.
        """
        app = _App(
            material.secret,
            digits=material.digits,
            digest=_DIGESTS[material.algorithm],
            interval=material.period,
        )
        present = app.timecode(now)
        steps = range(max(0, present - self._window), present + self._window + 1)
        return [step for step in steps if hmac.compare_digest(app.generate_otp(step), code)]


class _App(pyotp.TOTP):
    """pyotp decodes the seed again for each code; this one once."""

    _seed = b""

    def byte_secret(self) -> bytes:
        """Return the seed. Raises ValueError for one that pyotp refuses."""
        self._seed = self._seed or super().byte_secret()
        return self._seed


def _material(credential: Credential) -> TotpMaterial:
    return msgspec.json.decode(credential.material, type=TotpMaterial)


def _only(numbers: Iterable[int]) -> str:
    """Return the number that all of these are; empty where they differ."""
    distinct = set(numbers)
    return str(distinct.pop()) if len(distinct) == 1 else ""


def _secret(tokens: Tokens, length: int) -> str:
    drawn = b"".join(bytes.fromhex(tokens.new_id()) for _ in range(-(-length // _BYTES_OF_ID)))
    return base64.b32encode(drawn[:length]).decode().rstrip("=")


def _grouped(secret: str) -> str:
    return " ".join(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))
