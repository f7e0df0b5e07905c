"""A browser's cookie jar for one site (RFC 6265bis): host-only, Path, Secure, expiry, prefixes, SameSite=Lax."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Cookie:
    """One cookie as it was set."""

    name: str
    value: str
    path: str
    is_secure: bool
    is_http_only: bool
    same_site: str
    expires_at: datetime | None
    domain: str = ""


def parse_set_cookie(line: str, *, now: datetime) -> Cookie:
    """Return what one Set-Cookie line says."""
    pair, *rest = line.split(";")
    name, _, value = pair.partition("=")
    attributes = {}
    for attribute in rest:
        key, _, text = attribute.partition("=")
        attributes[key.strip().lower()] = text.strip()
    return Cookie(
        name=name.strip(),
        value=value.strip().strip('"'),
        path=attributes.get("path", "") or "/",
        is_secure="secure" in attributes,
        is_http_only="httponly" in attributes,
        same_site=attributes.get("samesite", ""),
        expires_at=_expiry(attributes, now),
        domain=attributes.get("domain", ""),
    )


def _expiry(attributes: dict[str, str], now: datetime) -> datetime | None:
    if "max-age" in attributes:
        return now + timedelta(seconds=int(attributes["max-age"]))
    if "expires" in attributes:
        return parsedate_to_datetime(attributes["expires"]).astimezone(UTC)
    return None


@dataclass(slots=True)
class CookieJar:
    """The cookies of one browser, by host: ports share one jar, as in every browser."""

    now: Callable[[], datetime]
    held: dict[tuple[str, str, str], Cookie] = field(default_factory=dict)

    def keep(self, url: str, lines: list[str]) -> None:
        """Take what a response sets, as far as a browser would."""
        parts = urlsplit(url)
        for line in lines:
            cookie = parse_set_cookie(line, now=self.now())
            if cookie.is_secure and parts.scheme != "https":
                continue
            if cookie.name.startswith("__Host-") and (not cookie.is_secure or cookie.path != "/" or cookie.domain):
                continue
            key = (parts.hostname or "", cookie.path, cookie.name)
            if cookie.expires_at is not None and cookie.expires_at <= self.now():
                self.held.pop(key, None)
            else:
                self.held[key] = cookie

    def header(self, url: str, *, is_lax_allowed: bool = True) -> str:
        """Return the Cookie header for a request to `url`, or ''."""
        parts = urlsplit(url)
        sent = [
            f"{cookie.name}={cookie.value}"
            for (host, path, _), cookie in self.held.items()
            if host == (parts.hostname or "")
            and _covers(path, parts.path or "/")
            and (not cookie.is_secure or parts.scheme == "https")
            and (cookie.expires_at is None or cookie.expires_at > self.now())
            and (is_lax_allowed or cookie.same_site.lower() == "none")
        ]
        return "; ".join(sent)

    def get(self, name: str) -> str:
        """Return the value of the first cookie whose name contains `name`, or ''."""
        return next((cookie.value for cookie in self.held.values() if name in cookie.name), "")

    def names(self) -> set[str]:
        return {cookie.name for cookie in self.held.values()}

    def drop(self, name: str) -> None:
        """Forget every cookie whose name contains `name`."""
        self.held = {key: cookie for key, cookie in self.held.items() if name not in cookie.name}

    def copy(self) -> "CookieJar":
        """Return a thief's copy."""
        return CookieJar(self.now, dict(self.held))


def _covers(cookie_path: str, path: str) -> bool:
    return path == cookie_path or path.startswith(cookie_path if cookie_path.endswith("/") else cookie_path + "/")
