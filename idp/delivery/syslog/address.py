"""The address of a syslog server, as a setting gives it: text in, parts out.

A mistake is a ValueError whose text says what would be right, in words that follow the setting's name.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

WHAT = "udp://HOST:514, tcp://HOST:601 or tcp+tls://HOST:6514"
_HOST = re.compile(r"[A-Za-z0-9.:_-]+", re.ASCII)


class Transport(StrEnum):
    """How messages travel, each with its usual port: RFC 5426, RFC 6587 (601 is that of RFC 3195), RFC 5425."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tcp+tls"


_PORTS = {Transport.UDP: 514, Transport.TCP: 601, Transport.TLS: 6514}


@dataclass(frozen=True, slots=True, kw_only=True)
class SyslogAddress:
    """Where a syslog server listens."""

    transport: Transport
    host: str
    port: int

    def __str__(self) -> str:
        """Return it as the setting gives it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.transport}://{host}:{self.port}"


def read(text: str) -> SyslogAddress | None:
    """Read the address of a syslog server; none where the text is empty."""
    if not text:
        return None
    try:
        parts = urlsplit(text)
        transport, port = Transport(parts.scheme), parts.port
    except ValueError as error:
        raise ValueError(f"must be such as {WHAT}") from error
    is_bare = parts.username is None and parts.path in ("", "/") and not parts.query and not parts.fragment
    if not parts.hostname or not _HOST.fullmatch(parts.hostname) or not is_bare or port == 0:
        raise ValueError(f"must be such as {WHAT}")
    return SyslogAddress(transport=transport, host=parts.hostname, port=port or _PORTS[transport])
