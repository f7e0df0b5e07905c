"""The names, attributes and reading of our cookies (surface.md, cookies).

On https every cookie is `__Host-`: no subdomain can plant one (SES-22). On plain-http loopback there is no prefix, and
the port is in the name, as ports share one jar. A cookie sent twice with different values, or with characters that we
never issue, counts as absent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from flask import Response
from werkzeug.http import dump_cookie

from idp.web.wire import Pairs

_VALUE = re.compile(r"[A-Za-z0-9_.-]{1,280}")
_DOUBLED = "\0"
"""In place of two values: equal to neither, and none that we issue."""


class Jar(StrEnum):
    """What we keep in a browser."""

    SESSION = "session"
    LOGIN = "login"
    DEVICE = "device"
    THEME = "theme"
    LANGUAGE = "language"


@dataclass(frozen=True, slots=True, kw_only=True)
class CookieChange:
    """One cookie to set, or to delete when `value` is empty. Without `lasts` it ends with the browser."""

    jar: Jar
    value: str = field(repr=False)
    lasts: timedelta | None = None


class Cookies:
    """Reads and writes the cookies of one issuer."""

    def __init__(self, issuer: str) -> None:
        parts = urlsplit(issuer)
        self.is_secure = parts.scheme == "https"
        suffix = "" if self.is_secure else f"_{parts.port or 80}"
        prefix = "__Host-" if self.is_secure else ""
        self._names = {jar: f"{prefix}idp_{jar}{suffix}" for jar in Jar}
        self._jars = {name: jar for jar, name in self._names.items()}

    def name(self, jar: Jar) -> str:
        """Return the cookie's name."""
        return self._names[jar]

    def brought(self, header: str) -> Mapping[Jar, str]:
        """Return the values of our cookies in a `Cookie` header (RFC 6265 §4.2.1).

        What is absent, malformed or sent twice with different values is not there.
        """
        found: dict[Jar, str] = {}
        for pair in header.split(";"):
            name, _, text = pair.partition("=")
            jar, value = self._jars.get(name.strip()), text.strip()
            if jar is not None:
                found[jar] = value if found.get(jar, value) == value else _DOUBLED
        return {jar: value for jar, value in found.items() if _VALUE.fullmatch(value)}

    def lines(self, changes: Iterable[CookieChange]) -> Pairs:
        """Return the headers that carry out the changes."""
        return tuple(("Set-Cookie", self._line(change)) for change in changes)

    def apply(self, response: Response, changes: Iterable[CookieChange]) -> None:
        """Carry out the changes on a response."""
        for name, line in self.lines(changes):
            response.headers.add(name, line)

    def _line(self, change: CookieChange) -> str:
        lasts = change.lasts if change.value else timedelta(0)
        return dump_cookie(
            self._names[change.jar],
            change.value,
            max_age=None if lasts is None else int(lasts.total_seconds()),
            secure=self.is_secure,
            httponly=True,
            samesite="Lax",
            path="/",
        )
