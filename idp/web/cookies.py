"""The names, attributes and reading of our cookies (surface.md, cookies).

On https every cookie is `__Host-`: no subdomain can plant one (SES-22). On plain-http loopback there is no prefix, and
the port is in the name, as ports share one jar. A cookie sent twice with different values, or with characters that we
never issue, counts as absent.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from flask import Request, Response

_VALUE = re.compile(r"[A-Za-z0-9_.-]{1,280}")


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

    def name(self, jar: Jar) -> str:
        """Return the cookie's name."""
        return self._names[jar]

    def read(self, request: Request, jar: Jar) -> str:
        """Return the cookie's value; empty when absent, malformed or sent twice with different values."""
        values = set(request.cookies.getlist(self._names[jar]))
        value = values.pop() if len(values) == 1 else ""
        return value if _VALUE.fullmatch(value) else ""

    def apply(self, response: Response, changes: Iterable[CookieChange]) -> None:
        """Carry out the changes on a response."""
        for change in changes:
            lasts = change.lasts if change.value else timedelta(0)
            response.set_cookie(
                self.name(change.jar),
                change.value,
                max_age=None if lasts is None else int(lasts.total_seconds()),
                secure=self.is_secure,
                httponly=True,
                samesite="Lax",
                path="/",
            )
