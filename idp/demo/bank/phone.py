"""The phone of the demo: an authenticator app for everybody, kept in a file beside the demo's other secrets (RFC 6238).

It starts with those who have an app already; who sets one up at the provider types the key in here.
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pyotp

from idp.core.clock import Clock
from idp.demo.place import write_secret
from idp.web.texts import Texts

_PERIOD = 30
_MOST = 20
_LEAST_BYTES = 14
"""112 bits: what NIST SP 800-63B-4 §3.1.4 asks of a key, and pyotp with it."""
_NAME = re.compile(r"[A-Za-z0-9_-]{1,20}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class AppCode:
    """What the app shows now for one account."""

    name: str
    code: str = field(repr=False)
    seconds: int
    uri: str = field(repr=False)


class Phone:
    """Keeps keys and shows codes."""

    def __init__(self, path: Path, *, known: Mapping[str, str], issuer: str, clock: Clock) -> None:
        self._path = path
        self._known = known
        self._issuer = issuer
        self._clock = clock

    def add(self, name: str, key: str, texts: Texts) -> str:
        """Keep a key; return what is wrong with it, or nothing."""
        secret = re.sub(r"[\s-]", "", key).upper().rstrip("=")
        name = name.strip() or f"account-{len(self._keys()) + 1}"
        if not _is_key(secret):
            return texts.gettext("Enter the key as the sign-in page shows it: letters and digits in groups.")
        if not _NAME.fullmatch(name):
            return texts.gettext("Name it in at most 20 letters and digits.")
        keys = {**self._added(), name: secret}
        write_secret(self._path, msgspec.json.encode(dict(list(keys.items())[-_MOST:])).decode())
        return ""

    def codes(self) -> Sequence[AppCode]:
        """Return the present code of every account."""
        now = self._clock.now()
        seconds = _PERIOD - int(now.timestamp()) % _PERIOD
        return [
            AppCode(
                name=name,
                code=pyotp.TOTP(key).at(now),
                seconds=seconds,
                uri=pyotp.TOTP(key).provisioning_uri(name=name, issuer_name=self._issuer),
            )
            for name, key in self._keys().items()
        ]

    def _keys(self) -> Mapping[str, str]:
        return {**self._known, **self._added()}

    def _added(self) -> Mapping[str, str]:
        return msgspec.json.decode(self._path.read_bytes(), type=dict[str, str]) if self._path.exists() else {}


def _is_key(secret: str) -> bool:
    try:
        return len(base64.b32decode(secret + "=" * (-len(secret) % 8))) >= _LEAST_BYTES
    except (binascii.Error, ValueError):
        return False
