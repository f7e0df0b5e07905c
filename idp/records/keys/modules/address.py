"""The address of a key module: a PKCS #11 URI (RFC 7512), or the scheme of a module that a package offers."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from idp.core.secrets import Secret

PKCS11 = "pkcs11"
EXAMPLE = "pkcs11:token=idp?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=file:/run/secrets/pin"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*", re.ASCII)
_PATH = ("token", "serial")
_QUERY = ("module-path", "pin-value", "pin-source")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyModuleAddress:
    """Where private keys are."""

    scheme: str
    text: str = field(repr=False)
    """The whole of it; may hold a PIN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pkcs11Address:
    """A token, the library that speaks to it, and the PIN of its user."""

    module_path: str
    pin: Secret
    token: str = ""
    serial: str = ""
    """Its label and its number; of the two, one may be empty."""


def read(text: str) -> KeyModuleAddress | None:
    """Accept an address, or nothing. Raises ValueError saying what would be right."""
    if not text:
        return None
    scheme, colon, _ = text.partition(":")
    if not colon or not _SCHEME.fullmatch(scheme):
        raise ValueError(f"must be such as {EXAMPLE}")
    if scheme == PKCS11:
        pkcs11(text)
    return KeyModuleAddress(scheme=scheme, text=text)


def pkcs11(text: str) -> Pkcs11Address:
    """Read a PKCS #11 URI (RFC 7512 §2.3, §2.4); what names objects has no place in it, as we name them.

    Raises ValueError.
    """
    path, _, query = text.removeprefix(f"{PKCS11}:").partition("?")
    found = {**_attributes(path, ";", _PATH), **_attributes(query, "&", _QUERY)}
    if not found.get("module-path", "").startswith("/"):
        raise ValueError(f"must have module-path=, the path of the token's library, such as {EXAMPLE}")
    if not (found.get("token") or found.get("serial")):
        raise ValueError(f"must say token= or serial=, such as {EXAMPLE}")
    if ("pin-value" in found) == ("pin-source" in found):
        raise ValueError("must have either pin-source=, a file with the PIN of the token's user, or pin-value=")
    pin = found["pin-value"] if "pin-value" in found else _content(found["pin-source"])
    if not pin:
        raise ValueError("has an empty PIN")
    return Pkcs11Address(
        module_path=found["module-path"], pin=Secret(pin), **{name: found.get(name, "") for name in _PATH}
    )


def _attributes(text: str, separator: str, known: tuple[str, ...]) -> dict[str, str]:
    found: dict[str, str] = {}
    for attribute in filter(None, text.split(separator)):
        name, equals, value = attribute.partition("=")
        if not equals or name not in known:
            raise ValueError(f"has {name}=, which is none of {', '.join(f'{each}=' for each in known)} there")
        if name in found:
            raise ValueError(f"has {name}= twice")
        found[name] = unquote(value)
    return found


def _content(source: str) -> str:
    """Return what the file says that `pin-source` names (RFC 7512 §2.4: a path, or a file: URI)."""
    path = source.removeprefix("file:").removeprefix("//")
    if not path.startswith("/"):
        raise ValueError("must have a whole path in pin-source=")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"names a pin-source= that cannot be read ({type(error).__name__})") from None
