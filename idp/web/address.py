"""Whose address a request came from, with an explicit number of proxies believed (ASVS 15.3.4).

With 0 hops only the socket's peer counts and every forwarded header is ignored. With n, the n-th entry from the right
of X-Forwarded-For is the client: what stands further left was written by strangers. An address that cannot be read is
empty, which policy sees as unknown, never as a known good place (SES-23).
"""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import Any

ENVIRON_KEY = "idp.address"


def client_address(environ: Mapping[str, Any], *, proxies: int) -> str:
    """Return the client's address in canonical form, or an empty text when it cannot be known."""
    if proxies == 0:
        return _canonical(str(environ.get("REMOTE_ADDR", "")))
    hops = [hop.strip() for hop in str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")]
    return _canonical(hops[-proxies]) if len(hops) >= proxies else ""


@lru_cache(maxsize=1024)
def _canonical(text: str) -> str:
    """Return an address without zone; IPv4 in IPv6 clothes is IPv4, so that nobody has two names."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(address)
