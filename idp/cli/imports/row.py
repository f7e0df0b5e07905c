"""One person as a file describes them: a line of JSON, or a row of CSV with the same names.

Strict: a name that is not known is refused, for a misspelt one would be a value silently lost (ADM-28).
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

MANY = ";"
"""What stands between several values in one field of CSV."""
_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_TOTP = "totp_"


class TotpRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One authenticator app: its seed in base32, or raw in hex, and what it was set up with."""

    secret: str = ""
    secret_hex: str = ""
    digits: int = 6
    period: int = 30
    algorithm: str = "SHA1"
    label: str = ""

    def __repr__(self) -> str:
        """Show nothing: it holds a secret."""
        return "TotpRow(…)"


class PersonRow(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One person."""

    username: str
    display_name: str = ""
    given_name: str = ""
    family_name: str = ""
    email: str = ""
    email_verified: bool = False
    phone: str = ""
    phone_verified: bool = False
    locale: str = ""
    groups: tuple[str, ...] = ()
    password_hash: str = ""
    totp: tuple[TotpRow, ...] = ()
    backup_codes: tuple[str, ...] = ()
    disabled: bool = False

    def __repr__(self) -> str:
        """Show who it is and nothing else: it holds secrets."""
        return f"PersonRow({self.username!r})"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a row is not imported: where it is, which field, and what would be right. Never its value."""

    line: int
    field: str
    reason: str


Read = tuple[int, PersonRow | Refused]


def rows_of(text: str, *, is_csv: bool) -> Iterator[Read]:
    """Yield each row with the number of its line."""
    yield from _csv_rows(text) if is_csv else _json_rows(text)


def _json_rows(text: str) -> Iterator[Read]:
    for line, content in enumerate(text.splitlines(), start=1):
        if not content.strip():
            continue
        try:
            yield line, msgspec.json.decode(content, type=PersonRow)
        except msgspec.DecodeError as error:
            yield line, _refused(line, error)


def _csv_rows(text: str) -> Iterator[Read]:
    reader = csv.DictReader(io.StringIO(text), restkey="", strict=True)
    try:
        for values in reader:
            line = reader.line_num
            try:
                yield line, msgspec.convert(_members(values), PersonRow)
            except (msgspec.ValidationError, ValueError) as error:
                yield line, _refused(line, error)
    except csv.Error as error:
        yield reader.line_num, Refused(reader.line_num, "", f"is no CSV: {error}")


def _members(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of CSV in the shape of JSON; an empty field is as good as none."""
    given = {name: value.strip() for name, value in values.items() if isinstance(value, str) and value.strip()}
    if "" in values:
        raise ValueError("has more fields than the first line")
    members: dict[str, Any] = {name: _value(name, value) for name, value in given.items() if not name.startswith(_TOTP)}
    app = {name.removeprefix(_TOTP): _value(name, value) for name, value in given.items() if name.startswith(_TOTP)}
    return members | ({"totp": [app]} if app else {})


def _value(name: str, text: str) -> Any:
    if name in ("groups", "backup_codes"):
        return [each.strip() for each in text.split(MANY) if each.strip()]
    if name in ("email_verified", "phone_verified", "disabled"):
        return _BOOLEANS.get(text.lower(), text)
    if name in ("totp_digits", "totp_period"):
        return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else text
    return text


def _refused(line: int, error: Exception) -> Refused:
    """Return what is wrong with a row; msgspec names the place, and quotes no value."""
    reason, _, place = str(error).partition(" - at `$")
    return Refused(line, place.strip(".`").partition("[")[0], reason)
