"""Which push services are spoken to: an endpoint comes from a browser, so it is believed only where it leads there.

Without this whoever is signed in could have the server post to any address it can reach (SSRF), or hold up what others
are waiting for. The whole endpoint is read by one expression, and what does not match is refused: no user, no other
port, no fragment, nothing that two readers of URLs could take differently.
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from idp.records.clients.uris import is_loopback

USUAL = "fcm.googleapis.com,*.push.services.mozilla.com,*.push.apple.com,*.notify.windows.com"
"""Those of Chromium, Firefox, Safari and Edge."""
LONGEST = 2_048
"""Characters of an endpoint."""
_HOST = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*"
_PATH = r"/[A-Za-z0-9._~:/?=&%+,;!$'()*@-]*"
_ENDPOINT = re.compile(rf"(?P<origin>https://(?P<host>{_HOST})|http://{_HOST}:[0-9]{{1,5}}){_PATH}", re.ASCII)
_NAME = re.compile(rf"(?:\*\.)?{_HOST}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PushServices:
    """Hosts, each with all its subdomains where it begins with `*.`; and origins on this very machine."""

    names: tuple[str, ...]

    def __str__(self) -> str:
        """Return them as the setting gives them."""
        return ", ".join(self.names) or "none"

    def serve(self, endpoint: str) -> bool:
        """Tell whether an endpoint is one of theirs."""
        found = _ENDPOINT.fullmatch(endpoint) if len(endpoint) <= LONGEST else None
        if found is None:
            return False
        host = found.group("host")
        if host is None:
            return found.group("origin") in self.names
        return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in self.names)


def read(text: str) -> PushServices:
    """Read a list of push services. Raises ValueError."""
    names = tuple(part.strip() for part in text.split(",") if part.strip() not in ("", "none"))
    for name in names:
        if not _NAME.fullmatch(name) and not _is_here(name):
            raise ValueError(
                f"must be host names such as {USUAL}, comma-separated, or `none`; "
                "an origin such as http://localhost:8080 on loopback alone"
            )
    return PushServices(names)


def _is_here(name: str) -> bool:
    try:
        parts = urlsplit(name)
        return parts.scheme == "http" and is_loopback(parts.hostname or "") and name == f"http://{parts.netloc}"
    except ValueError:
        return False
