"""What each setting may hold: one function a shape, text in, value out.

A mistake is a ValueError whose text says what would be right, in words that follow the setting's name.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from idp.core.secrets import Secret
from idp.delivery import addresses
from idp.delivery.addresses import SmsAddress, SmtpAddress
from idp.records.clients.uris import is_loopback

SHORTEST_SECRET = 32
SHORTEST_ROTATION = 14
"""Days: half of it is how long a key stays published before it signs and after it has ceased to, at the least."""
_FEWEST_DISTINCT = 8
_KNOWN_DEFAULTS = ("changeme", "change-me", "change_me", "secret-key", "secret_key", "example", "insecure", "password")
_ARGON2 = re.compile(r"m=(?P<memory>\d+),t=(?P<time>\d+),p=(?P<lanes>\d+)", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Argon2:
    """The cost of hashing a password (RFC 9106 §4): memory in KiB, passes, lanes."""

    memory: int = 19 * 1024
    time: int = 2
    lanes: int = 1

    def __str__(self) -> str:
        """Return it as the setting gives it."""
        return f"m={self.memory},t={self.time},p={self.lanes}"


def _split(text: str, *, what: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for a port that is no number
    except ValueError as error:
        raise ValueError(f"must be {what}") from error
    return parts


def issuer(text: str) -> str:
    """Accept an origin: our paths are fixed, and only an origin is the same place for OIDC and for RFC 8414."""
    what = "an origin such as https://id.example.com, without path, query or slash at the end; http on loopback alone"
    parts = _split(text, what=what)
    host = parts.hostname or ""
    is_origin = text == f"{parts.scheme}://{parts.netloc}".lower() and "@" not in parts.netloc
    # A browser's Origin header never names the default port, and would differ from such an issuer.
    is_origin = is_origin and not parts.netloc.endswith((":", {"https": ":443", "http": ":80"}.get(parts.scheme, ":")))
    is_host = bool(_HOST.fullmatch(host)) or is_loopback(host)
    if not is_origin or not is_host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise ValueError(f"must be {what}")
    return text


def origins(text: str) -> tuple[str, ...]:
    """Accept a list of origins."""
    return tuple(issuer(origin) for origin in _items(text))


def secret_keys(text: str) -> tuple[Secret, ...]:
    """Accept keys that cannot be guessed, newest first."""
    items = _items(text)
    if not items:
        raise ValueError("is needed: one or more random texts, comma-separated, newest first; `openssl rand -hex 32`")
    for number, key in enumerate(items, start=1):
        if len(key) < SHORTEST_SECRET:
            raise ValueError(f"key {number} is too short: at least {SHORTEST_SECRET} characters are needed")
        if len(set(key)) < _FEWEST_DISTINCT or any(known in key.lower() for known in _KNOWN_DEFAULTS):
            raise ValueError(f"key {number} can be guessed; draw one with `openssl rand -hex 32`")
    return tuple(Secret(key) for key in items)


def url(*schemes: str, example: str) -> Callable[[str], str]:
    """Return a converter that accepts a URL of these schemes, or nothing."""

    def convert(text: str) -> str:
        what = f"a URL such as {example}"
        parts = _split(text, what=what) if text else None
        if parts is not None and (parts.scheme not in schemes or not parts.netloc):
            raise ValueError(f"must be {what}")
        return text

    return convert


def breaches(text: str) -> str:
    """Accept a range API, or a folder with a copy of its answers, or nothing."""
    what = "a URL such as https://host/range/, or file:///folder with a copy of its answers, 00000.txt to FFFFF.txt"
    parts = _split(text, what=what) if text else None
    if parts is None:
        return text
    is_copy = parts.scheme == "file" and not parts.netloc and Path(parts.path, "00000.txt").is_file()
    if not is_copy and (parts.scheme not in ("https", "http") or not parts.netloc):
        raise ValueError(f"must be {what}")
    return text


def database_url(text: str) -> str:
    """Accept SQLite files and PostgreSQL."""
    if re.fullmatch(r"sqlite:///(?!:memory:).+|postgresql(\+psycopg)?://.+", text) is None:
        raise ValueError("must be such as sqlite:///var/idp.sqlite3 or postgresql+psycopg://user:password@host/idp")
    return text


def smtp_url(text: str) -> SmtpAddress | None:
    """Accept a mail gateway; it holds a password and does not print it."""
    return addresses.smtp(text) if text else None


def sms_url(text: str) -> SmsAddress | None:
    """Accept a gateway for text messages; it holds a secret and does not print it."""
    return addresses.sms(text) if text else None


def mail_from(text: str) -> str:
    """Accept a sender."""
    if text and re.fullmatch(r"[^@\s<>]+@[^@\s<>]+|[^<>\r\n]+ <[^@\s<>]+@[^@\s<>]+>", text) is None:
        raise ValueError("must be an address such as no-reply@example.com or Example <no-reply@example.com>")
    return text


def argon2(text: str) -> Argon2:
    """Accept costs that RFC 9106 §3.1 allows."""
    parts = _ARGON2.fullmatch(text)
    costs = Argon2(**{name: int(value) for name, value in parts.groupdict().items()}) if parts else None
    if costs is None or costs.memory < 8 * costs.lanes or costs.time < 1 or costs.lanes < 1:
        raise ValueError("must be such as m=19456,t=2,p=1: memory in KiB, passes, lanes")
    return costs


def count(text: str) -> int:
    """Accept a small whole number."""
    if re.fullmatch(r"[0-9]{1,2}", text) is None:
        raise ValueError("must be a whole number from 0 to 99")
    return int(text)


def pace(text: str) -> int:
    """Accept a number of forms a minute."""
    if re.fullmatch(r"[0-9]{1,7}", text) is None:
        raise ValueError("must be a whole number of forms a minute, from 0 (any number) to 9999999")
    return int(text)


def rotation(text: str) -> timedelta | None:
    """Accept a number of days, or none."""
    if re.fullmatch(r"[0-9]{1,4}", text) is None or 0 < int(text) < SHORTEST_ROTATION:
        raise ValueError(f"must be a whole number of days, at least {SHORTEST_ROTATION}; or 0: by command alone")
    return timedelta(days=int(text)) if int(text) else None


def switch(text: str) -> bool:
    """Accept on or off."""
    if text.lower() not in ("0", "1", "on", "off", "true", "false"):
        raise ValueError("must be 1 or 0")
    return text.lower() in ("1", "on", "true")


def one_of(*allowed: str) -> Callable[[str], str]:
    """Return a converter that accepts these words."""

    def convert(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text.lower()

    return convert


def rp_id(text: str) -> str:
    """Accept a host name."""
    if text and _HOST.fullmatch(text) is None:
        raise ValueError("must be a host name in lower case, such as example.com")
    return text


def file(text: str) -> Path | None:
    """Accept a file that exists, or nothing."""
    if text and not Path(text).is_file():
        raise ValueError(f"there is no file {text}")
    return Path(text) if text else None


def folder(text: str) -> Path | None:
    """Accept a folder that exists, or nothing."""
    if text and not Path(text).is_dir():
        raise ValueError(f"there is no folder {text}")
    return Path(text) if text else None


def metrics_token(text: str) -> Secret | None:
    """Accept a bearer value that cannot be guessed, or nothing."""
    if text and len(text) < SHORTEST_SECRET:
        raise ValueError(f"is too short: at least {SHORTEST_SECRET} characters are needed")
    return Secret(text) if text else None


def _items(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
