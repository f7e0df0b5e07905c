"""Whether one row may become a person: the checks that pages and `idp user add` make, and nothing less (ADM-28)."""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from idp.cli.imports.row import PersonRow, Refused, TotpRow
from idp.core.errors import Rejected
from idp.core.tokens import Tokens
from idp.factors.backup_code import BackupCode
from idp.factors.base import Credential, NewCredential
from idp.factors.email import Email
from idp.factors.password import Password
from idp.factors.phone_number import normalised
from idp.factors.sms import Sms
from idp.factors.totp import ALGORITHMS, SHORTEST_SEED, TotpMaterial
from idp.policy.language import Bundle
from idp.records.users.model import MAX_NAME, User, is_address, is_name, is_username

_MOST_APPS, _MOST_CODES, _MOST_GROUPS = 5, 20, 50
_LOCALE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Somebody who may be stored."""

    line: int
    user: User
    credentials: tuple[Credential, ...] = field(default=(), repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    """Backup codes that are still to be hashed, which takes its time."""


class Checks:
    """Checks rows."""

    def __init__(self, *, bundle: Bundle, tokens: Tokens, now: datetime) -> None:
        self._countries = tuple(bundle.factor_settings.get("sms", {}).get("countries", ()))
        self._tokens = tokens
        self._now = now

    def check(self, line: int, row: PersonRow) -> Arrival | tuple[Refused, ...]:
        """Return the person, or everything that is wrong with the row."""
        phone = normalised(row.phone, countries=self._countries) if row.phone else ""
        number = "" if isinstance(phone, Rejected) else phone
        problems = tuple(
            Refused(line, name, reason)
            for name, reason in (
                *_named_wrongly(row),
                *_addressed_wrongly(row, phone),
                *_proven_wrongly(row),
            )
        )
        if problems:
            return problems
        user = self._user(row, number)
        proofs = tuple(self._bound(user, factor, new) for factor, new in _proofs(row, number))
        return Arrival(line=line, user=user, credentials=proofs, codes=row.backup_codes)

    def _user(self, row: PersonRow, phone: str) -> User:
        names = (("given_name", row.given_name), ("family_name", row.family_name))
        return User(
            id=self._tokens.new_id(),
            username=row.username,
            created_at=self._now,
            display_name=row.display_name,
            email=row.email,
            email_verified_at=self._now if row.email and row.email_verified else None,
            phone=phone,
            phone_verified_at=self._now if phone and row.phone_verified else None,
            groups=row.groups,
            locale=row.locale,
            claims=tuple((name, msgspec.json.encode(value).decode()) for name, value in names if value),
            disabled_at=self._now if row.disabled else None,
        )

    def _bound(self, user: User, factor: str, new: NewCredential) -> Credential:
        return new.bound(factor, credential_id=self._tokens.new_id(), user_id=user.id, now=self._now)


def _named_wrongly(row: PersonRow) -> Iterator[tuple[str, str]]:
    if not is_username(row.username):
        yield "username", "must be 1 to 128 printable characters without spaces around them"
    for name in ("display_name", "given_name", "family_name"):
        if not is_name(getattr(row, name)):
            yield name, f"must be at most {MAX_NAME} printable characters"
    if len(row.groups) > _MOST_GROUPS or not all(group and is_name(group) for group in row.groups):
        yield "groups", f"must be at most {_MOST_GROUPS}, of printable characters each"
    if row.locale and not _LOCALE.fullmatch(row.locale):
        yield "locale", "must be such as en or ja-JP (BCP 47)"


def _addressed_wrongly(row: PersonRow, phone: str | Rejected) -> Iterator[tuple[str, str]]:
    if row.email and not is_address(row.email):
        yield "email", "must be an e-mail address"
    if row.email_verified and not row.email:
        yield "email_verified", "there is no address"
    if isinstance(phone, Rejected):
        yield "phone", "must be a mobile number that is served, such as +12025550177"
    if row.phone_verified and not row.phone:
        yield "phone_verified", "there is no number"


def _proven_wrongly(row: PersonRow) -> Iterator[tuple[str, str]]:
    if row.password_hash:
        yield from _hashed_wrongly(row.password_hash)
    if len(row.totp) > _MOST_APPS:
        yield "totp", f"must be at most {_MOST_APPS} apps"
    for app in row.totp:
        yield from _set_up_wrongly(app)
    if row.backup_codes and not row.totp and not (row.phone and row.phone_verified):
        yield "backup_codes", "stand only beside an app or a proven number"
    if len(row.backup_codes) > _MOST_CODES or not BackupCode.may_adopt(row.backup_codes):
        yield "backup_codes", f"must be at most {_MOST_CODES}, all of one length of 8 to 32 letters and digits, no U"


def _hashed_wrongly(stored: str) -> Iterator[tuple[str, str]]:
    try:
        Password.check_stored(stored)
    except ValueError as error:
        yield "password_hash", str(error)


def _set_up_wrongly(app: TotpRow) -> Iterator[tuple[str, str]]:
    if bool(app.secret) == bool(app.secret_hex):
        yield "totp", "needs either secret (base32) or secret_hex"
    else:
        seed = _seed(app)
        if seed is None:
            yield "totp", "secret is no base32" if app.secret else "secret_hex is no hex"
        elif not SHORTEST_SEED <= len(seed) <= 128:
            # RFC 4226 §4 R6 asks for 128 bits; pyotp computes nothing under 112.
            yield "totp", f"secret must have {8 * SHORTEST_SEED} bits or more, it has {8 * len(seed)}: set up a new app"
    if app.digits not in (6, 8) or not 15 <= app.period <= 120 or app.algorithm not in ALGORITHMS:
        yield "totp", f"must have 6 or 8 digits, a period of 15 to 120 seconds and one of {', '.join(ALGORITHMS)}"
    if not is_name(app.label):
        yield "totp", f"label must be at most {MAX_NAME} printable characters"


def _seed(app: TotpRow) -> bytes | None:
    try:
        if app.secret_hex:
            return bytes.fromhex(app.secret_hex)
        plain = re.sub(r"[\s-]", "", app.secret).rstrip("=").upper()
        return base64.b32decode(plain + "=" * (-len(plain) % 8))
    except (binascii.Error, ValueError):
        return None


def _proofs(row: PersonRow, phone: str) -> Iterator[tuple[str, NewCredential]]:
    """Yield what proves the person, by factor; only addresses that are verified are sent codes."""
    if row.password_hash:
        yield "password", NewCredential(channel="person", material=row.password_hash.encode("ascii"))
    for app in row.totp:
        secret = base64.b32encode(_seed(app) or b"").decode().rstrip("=")
        material = TotpMaterial(secret=secret, digits=app.digits, period=app.period, algorithm=app.algorithm)
        yield "totp", NewCredential(channel="", material=material.encoded(), label=app.label)
    if phone and row.phone_verified:
        yield "sms", Sms().bind(phone)
    if row.email and row.email_verified:
        yield "email", Email().bind(row.email)
