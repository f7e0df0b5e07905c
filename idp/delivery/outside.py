"""Posting to an address that somebody has typed: only to the open internet, never to what lies behind us (SSRF).

The name is looked up once, every address it has must be a public one, and the connection goes to the address that was
looked at: a name that answers otherwise a moment later leads nowhere else (DNS rebinding). TLS is checked against the
name. No redirect is followed, no proxy and no password of the machine's is used, and nobody holds us up for long.
"""

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit, urlunsplit

import requests

from idp.delivery.http import as_nobody, lost
from idp.delivery.outcome import Later, Refused
from idp.delivery.timed import TimedAdapter
from idp.records.clients.uris import is_loopback

LONGEST = 2_000
"""Characters of an address."""
_PORTS = {"https": 443, "http": 80}


def is_here(issuer: str) -> bool:
    """Tell whether an installation is one for trying out, on a machine of its own."""
    return is_loopback(urlsplit(issuer).hostname or "")


def why_not(url: str, *, may_be_here: bool = False) -> str:
    """Return why this is no address to post to, in words that follow its name; empty: it is one.

    `may_be_here`: this installation runs on a machine of its own for trying out, where http on loopback will do.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # raises for a port that is no number
    except ValueError:
        return "must be a URL"
    is_here = may_be_here and parts.scheme == "http" and is_loopback(host)
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        return f"must be a URL of at most {LONGEST} ASCII characters"
    if not host or (parts.scheme != "https" and not is_here):
        return "must begin with https://"
    if parts.username is not None or parts.password is not None or parts.fragment:
        return "must have no user, password or fragment"
    return ""


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeouts: tuple[float, float],
    may_be_here: bool = False,
) -> tuple[int, str] | Later | Refused:
    """Post once and return the status and `Retry-After` of the answer, or what its absence means."""
    if why_not(url, may_be_here=may_be_here):
        return Refused("address")
    parts = urlsplit(url)
    found = _addresses(parts)
    if not found:
        return Later(reason="name")
    is_here = may_be_here and is_loopback(parts.hostname or "")
    if not is_here and not all(map(_is_public, found)):
        return Refused("address_not_public")
    try:
        with requests.Session() as session:
            session.trust_env = False
            session.mount(f"{parts.scheme}://", _Pinned(parts.hostname or ""))
            with session.post(
                _at(parts, found[0]),
                data=body,
                headers={**headers, "Host": parts.netloc},
                timeout=timeouts,
                allow_redirects=False,
                stream=True,
                auth=as_nobody,
            ) as response:
                return response.status_code, response.headers.get("Retry-After", "")
    except requests.RequestException as error:
        return lost(error)


class _Pinned(TimedAdapter):
    """Speaks to an address, and checks that it is the name's."""

    def __init__(self, host: str) -> None:
        self._host = host
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Make the pool, with the name to be sent (SNI) and checked in the certificate."""
        super().init_poolmanager(
            connections, maxsize, block, server_hostname=self._host, assert_hostname=self._host, **kwargs
        )


def _addresses(parts: SplitResult) -> list[str]:
    """Return every address that the name has."""
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(each[4][0]).partition("%")[0] for each in found]


def _is_public(address: str) -> bool:
    found = ipaddress.ip_address(address)
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


def _at(parts: SplitResult, address: str) -> str:
    host = f"[{address}]" if ":" in address else address
    port = f":{parts.port}" if parts.port else ""
    return urlunsplit((parts.scheme, host + port, parts.path or "/", parts.query, ""))
