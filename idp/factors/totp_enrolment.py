"""Setting up an authenticator app (F2): a secret, shown as a picture and as text, and kept once its code comes back.

The secret lives in the sealed state of the set-up until then. The code that proves it is spent with it: its step is the
credential's first (OTP-05). The address in the picture is that of the Key Uri Format which apps read.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

import segno

from idp.core.errors import Rejected
from idp.core.reasons import Reason
from idp.core.tokens import Tokens
from idp.factors.base import Challenge, Credential, NewCredential, Person
from idp.factors.totp import Totp, TotpMaterial

_SECRET_BYTES = {"SHA1": 20, "SHA256": 32, "SHA512": 64}
"""As long as the hash (RFC 6238 §5.1, RFC 4226 §4 R6)."""
_BYTES_OF_ID = 16
_GROUP = 4
_QUIET = 4
"""Light modules around the picture (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How codes of new apps look, and whom the app names as their issuer."""

    digits: int = 6
    period: int = 30
    """Seconds."""
    algorithm: str = "SHA1"
    service: str = ""


def begin(person: Person, shape: Shape, *, tokens: Tokens) -> Challenge:
    """Draw a secret, and what the page shows of it."""
    material = TotpMaterial(
        secret=_secret(tokens, _SECRET_BYTES[shape.algorithm]),
        digits=shape.digits,
        period=shape.period,
        algorithm=shape.algorithm,
    )
    address = _address(person, shape, material)
    page = {"secret": _grouped(material.secret), "address": address, "picture": _picture(address)}
    return Challenge(state=material.encoded(), page=page)


def finish(app: Totp, challenge: Challenge, answer: str, *, now: datetime) -> NewCredential | Rejected:
    """Return what to keep once the app shows a good code."""
    if not challenge.state:
        return Rejected(Reason.CODE_EXPIRED)
    new = Credential(id="", user_id="", factor="totp", channel="", created_at=now, material=challenge.state)
    result = app.verify(new, Challenge(), answer, now=now)
    if isinstance(result, Rejected):
        return result
    return NewCredential(channel="", material=challenge.state, step=result.step)


def _secret(tokens: Tokens, length: int) -> str:
    drawn = b"".join(bytes.fromhex(tokens.new_id()) for _ in range(-(-length // _BYTES_OF_ID)))
    return base64.b32encode(drawn[:length]).decode().rstrip("=")


def _address(person: Person, shape: Shape, material: TotpMaterial) -> str:
    label = f"{shape.service}:{person.username}" if shape.service else person.username
    values: dict[str, str | int] = {
        "secret": material.secret,
        "algorithm": material.algorithm,
        "digits": material.digits,
        "period": material.period,
    }
    if shape.service:
        values["issuer"] = shape.service
    return f"otpauth://totp/{quote(label, safe='')}?{urlencode(values, quote_via=quote)}"


def _picture(address: str) -> str:
    """Return the address as an SVG to be put into a page as it is: paths and numbers, nothing that was typed."""
    picture: str = segno.make(address, micro=False, error="m").svg_inline(
        border=_QUIET, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
    )
    return picture


def _grouped(secret: str) -> str:
    return " ".join(secret[start : start + _GROUP] for start in range(0, len(secret), _GROUP))
