"""Redirection URIs: which one is the client's, and how parameters are added to it.

Comparison is exact, character for character (RFC 9700 §2.1, OAU-02): nothing is decoded, normalised or resolved. The
one exception is the port of a native client's loopback address (RFC 8252 §7.3).
"""

import re
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from idp.records.clients.model import Client

_LOOPBACK = re.compile(
    r"http://(?P<host>127\.0\.0\.1|\[::1\])(?::(?P<port>[1-9][0-9]{0,4}))?(?P<rest>(?:[/?].*)?)", re.ASCII
)
"""Address literals alone: a name may be resolved to anything (RFC 8252 §8.3)."""


def is_registered(redirect_uri: str, client: Client) -> bool:
    """Tell whether this is one of the client's redirection URIs."""
    if not redirect_uri.isascii() or "#" in redirect_uri:
        return False
    if redirect_uri in client.redirect_uris:
        return True
    return client.application_type == "native" and any(
        _differs_in_port(redirect_uri, registered) for registered in client.redirect_uris
    )


def _differs_in_port(given: str, registered: str) -> bool:
    """Tell whether both are the same loopback address, the port left aside (RFC 8252 §7.3)."""
    ours, theirs = _LOOPBACK.fullmatch(registered), _LOOPBACK.fullmatch(given)
    if ours is None or theirs is None or int(theirs["port"] or 80) > 65535:
        return False
    return (ours["host"], ours["rest"]) == (theirs["host"], theirs["rest"])


def with_parameters(redirect_uri: str, fields: Mapping[str, str]) -> str:
    """Return the URI with parameters added to its query, which is kept as it is (RFC 6749 §3.1.2)."""
    joint = "&" if "?" in redirect_uri else "?"
    # A space becomes %20: every decoder reads that, while some take `+` literally.
    return f"{redirect_uri}{joint}{urlencode(fields, quote_via=quote, safe='')}"


def origin_of(uri: str) -> str | None:
    """Return the web origin of an http(s) URI, as browsers send it."""
    match = re.match(r"https?://[^/?#@\\]+", uri)
    return match[0].lower() if match else None
