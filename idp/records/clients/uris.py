"""Which addresses an application may register (RFC 6749 §3.1.2, RFC 8252 §7, RFC 9700 §2.1).

Registered once, compared byte for byte for ever: so only plain, unambiguous spellings are taken.
"""

import ipaddress
import re
from urllib.parse import urlsplit

_LONGEST = 2000
_PLAIN = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()+,;=%]+", re.ASCII)
"""RFC 3986 §2 without the asterisk, which here would only ever be meant as a wildcard."""
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.ASCII)
_PRIVATE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)
"""RFC 8252 §7.1: a domain name of one's own, reversed. A bare word belongs to nobody; `javascript` and `data` least."""


def why_not(uri: str, *, is_native: bool) -> str:
    """Return why this address may not be registered, in words that follow the address; empty when it may."""
    shape = _misshapen(uri)
    if shape:
        return shape
    parts = urlsplit(uri)
    if is_native and _PRIVATE_SCHEME.fullmatch(parts.scheme):
        return ""
    host = parts.hostname or ""
    if parts.scheme not in ("https", "http"):
        private = ", or com.example.app:/path for a native application" if is_native else ""
        return f"must begin with https://{private}"
    if not (_HOST.fullmatch(host) or is_loopback(host)) or parts.netloc != parts.netloc.lower():
        return "must name a host, in lower case"
    if parts.scheme == "http" and not is_loopback(host):
        return "must begin with https://; http is for loopback addresses alone"
    return ""


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine and nothing else (RFC 8252 §7.3, §8.3)."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _misshapen(uri: str) -> str:
    if not uri or len(uri) > _LONGEST or not _PLAIN.fullmatch(uri):
        return "must be a URI of plain ASCII characters, without spaces, wildcards or backslashes"
    try:
        parts = urlsplit(uri)
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return "is not a URI"
    if "#" in uri:
        return "must not have a fragment"
    if "@" in parts.netloc or parts.netloc.endswith(":"):
        return "must not have a user or an empty port"
    if any(segment in (".", "..") for segment in re.sub("%2e", ".", parts.path, flags=re.I).split("/")):
        return "must not have dot segments in its path"
    return ""
