"""The addresses of gateways, as settings give them: text in, parts out, secrets wrapped.

A mistake is a ValueError whose text says what would be right, in words that follow the setting's name.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit, urlunsplit

from idp.core.secrets import Secret
from idp.records.clients.uris import is_loopback

SHORTEST_SECRET = 32
"""Characters of what signs to a webhook."""
_SUBMISSION, _SUBMISSION_TLS = 587, 465
_NUMBER = re.compile(r"\+[1-9][0-9]{4,14}", re.ASCII)
_SENDER = re.compile(r"\+?[0-9]{3,15}|[A-Za-z0-9 _-]{1,11}|MG[0-9a-f]{32}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]", re.ASCII)
_SPEAKS = frozenset({"sms", "voice"})


class Security(StrEnum):
    """How the way to a mail gateway is protected."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAddress:
    """A mail gateway (RFC 6409; RFC 8314 for TLS from the first byte)."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: Secret | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAddress:
    """An account of Twilio, and the number, name or messaging service that messages come from."""

    account: str
    token: Secret
    sender: str

    @property
    def may_call(self) -> bool:
        """Whether calls can come from this sender: names and messaging services have no telephone."""
        return _NUMBER.fullmatch(self.sender) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class VonageAddress:
    """An account of Vonage; with an application and its key it can also call."""

    key: str
    secret: Secret
    sender: str
    application: str = ""
    key_file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SnsAddress:
    """A region of Amazon SNS; who we are there is told by the environment, as with every AWS client."""

    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookAddress:
    """An address that takes signed JSON, and which channels it serves."""

    url: str
    secret: Secret
    channels: frozenset[str] = frozenset({"sms"})


SmsAddress = TwilioAddress | VonageAddress | SnsAddress | WebhookAddress

SMTP = "smtp://user:password@host:587?starttls=1 or smtps://user:password@host"
SMS = "twilio://SID:TOKEN@FROM, sns://REGION, vonage://KEY:SECRET@FROM or webhook+https://SECRET@HOST/PATH"


def smtp(text: str) -> SmtpAddress:
    """Read the address of a mail gateway. A password never travels in clear but on loopback."""
    parts = _split(text, SMTP)
    query = parse_qs(parts.query, keep_blank_values=True)
    is_known = set(query) <= {"starttls"} and query.get("starttls", ["1"]) in (["0"], ["1"])
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/") or not is_known:
        raise ValueError(f"must be a URL such as {SMTP}")
    if parts.scheme == "smtps":
        security, port = Security.TLS, _SUBMISSION_TLS
    else:
        default = ["0"] if is_loopback(parts.hostname) else ["1"]
        security = Security.STARTTLS if query.get("starttls", default) == ["1"] else Security.NONE
        port = _SUBMISSION
    if parts.password and security is Security.NONE and not is_loopback(parts.hostname):
        raise ValueError("would send the password in clear; leave starttls=0 out, or use smtps://")
    return SmtpAddress(
        host=parts.hostname,
        port=parts.port or port,
        security=security,
        user=unquote(parts.username or ""),
        password=Secret(unquote(parts.password)) if parts.password else None,
    )


def sms(text: str) -> SmsAddress:
    """Read the address of a gateway for text messages and calls."""
    parts = _split(text, SMS)
    match parts.scheme:
        case "twilio":
            return _twilio(parts)
        case "vonage":
            return _vonage(parts)
        case "sns":
            return _sns(parts)
        case "webhook+https" | "webhook+http":
            return _webhook(parts)
    raise ValueError(f"must be {SMS}")


def _twilio(parts: SplitResult) -> TwilioAddress:
    what = "twilio://SID:TOKEN@FROM, where FROM is a number such as +12025550100, a name or a messaging service"
    user, password, sender = _account(parts, what)
    if not re.fullmatch(r"AC[0-9a-f]{32}", user) or parts.query:
        raise ValueError(f"must be {what}; a SID is AC and 32 hexadecimal digits")
    return TwilioAddress(account=user, token=Secret(password), sender=sender)


def _vonage(parts: SplitResult) -> VonageAddress:
    what = "vonage://KEY:SECRET@FROM, for calls with ?application=ID&key_file=PATH"
    user, password, sender = _account(parts, what)
    query = parse_qs(parts.query, keep_blank_values=True)
    if set(query) not in (set(), {"application", "key_file"}) or any(len(values) != 1 for values in query.values()):
        raise ValueError(f"must be {what}")
    application, key_file = query.get("application", [""])[0], query.get("key_file", [""])[0]
    return VonageAddress(key=user, secret=Secret(password), sender=sender, application=application, key_file=key_file)


def _sns(parts: SplitResult) -> SnsAddress:
    if not _REGION.fullmatch(parts.netloc) or parts.path.strip("/") or parts.query:
        raise ValueError("must be sns://REGION, such as sns://eu-central-1")
    return SnsAddress(region=parts.netloc)


def _webhook(parts: SplitResult) -> WebhookAddress:
    what = "webhook+https://SECRET@HOST/PATH; http on loopback alone"
    scheme, host = parts.scheme.removeprefix("webhook+"), parts.hostname or ""
    secret = unquote(parts.username or "")
    channels = frozenset(parts.fragment.split(",")) if parts.fragment else frozenset({"sms"})
    if not host or parts.password or (scheme == "http" and not is_loopback(host)):
        raise ValueError(f"must be {what}")
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"must be {what}; SECRET signs and has at least {SHORTEST_SECRET} characters")
    if not channels <= _SPEAKS:
        raise ValueError(f"must be {what}; after # come the channels it serves: sms, voice or sms,voice")
    address = parts.netloc.rpartition("@")[2]
    return WebhookAddress(
        url=urlunsplit((scheme, address, parts.path or "/", parts.query, "")), secret=Secret(secret), channels=channels
    )


def _account(parts: SplitResult, what: str) -> tuple[str, str, str]:
    """Return user, password and sender; a sender's name keeps its capitals, which `hostname` would not."""
    sender = unquote(parts.netloc.rpartition("@")[2])
    if not parts.username or not parts.password or not _SENDER.fullmatch(sender) or parts.path.strip("/"):
        raise ValueError(f"must be {what}")
    return unquote(parts.username), unquote(parts.password), sender


def _split(text: str, what: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises for a port that is no number
    except ValueError as error:
        raise ValueError(f"must be a URL such as {what}") from error
    return parts
