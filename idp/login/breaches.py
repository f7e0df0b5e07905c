"""Passwords that were found in breaches, asked of a range API or a copy of it on disk (`IDP_HIBP_URL`, F1).

Of a copy nothing leaves the machine: it is a folder of the API's answers, each a file named after its five digits, as
the API's own downloader writes them. Of the API only the first five digits of the password's SHA-1 do, and the answer
is padded, so that neither the other side nor whoever watches the line learns which password it was (k-anonymity; Have I
Been Pwned API v3, "Searching by range"). Asked outside any transaction, for one second at most. A service that does not
answer, or a file that is not there, keeps nobody from choosing a password: the offline rules have been met, the log
says so, and the audit trail of the change too.
"""

import hashlib
import hmac
import logging
from pathlib import Path
from typing import Protocol

from idp.factors.password_rules import normal
from idp.resource_server.errors import ProviderUnavailableError
from idp.resource_server.fetch import Fetcher, UrllibFetcher

_LOG = logging.getLogger(__name__)
FOLDER = "file://"
"""How a setting begins that names a copy."""
_PREFIX = 5
_TIMEOUT = 1.0
"""Seconds."""


class Breaches(Protocol):
    """Knows which passwords were found in breaches."""

    def holds(self, password: str) -> bool | None:
        """Tell whether the password is among them; None: nobody could be asked."""
        ...


class NoBreaches:
    """Where no range API is set: nothing is asked and nothing is known."""

    def holds(self, password: str) -> bool | None:  # noqa: ARG002 -- the interface of all of them
        """Tell that it is not among them."""
        return False


class BreachRange:
    """Asks a range API."""

    def __init__(self, url: str, *, fetcher: Fetcher | None = None) -> None:
        self._url = url if url.endswith("/") else f"{url}/"
        self._fetcher = fetcher or UrllibFetcher(timeout=_TIMEOUT)

    def holds(self, password: str) -> bool | None:
        """Tell whether the password is among them; None: nobody could be asked."""
        found = _digits(password)
        try:
            answer = self._fetcher.fetch(f"{self._url}{found[:_PREFIX]}", headers={"Add-Padding": "true"})
        except ProviderUnavailableError:
            _LOG.warning("the list of breached passwords does not answer: a password was judged without it")
            return None
        if answer.status != 200:
            _LOG.warning("the list of breached passwords answers %d: a password was judged without it", answer.status)
            return None
        return _is_listed(answer.body.decode("ascii", "replace"), found[_PREFIX:])


class BreachFolder:
    """Looks into a copy of the range API's answers: `00000.txt` to `FFFFF.txt`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def holds(self, password: str) -> bool | None:
        """Tell whether the password is among them; None: the file could not be read."""
        found = _digits(password)
        try:
            lines = (self._folder / f"{found[:_PREFIX]}.txt").read_text("ascii", "replace")
        except OSError as error:
            _LOG.warning("a list of breached passwords is not read (%s): judged without it", type(error).__name__)
            return None
        return _is_listed(lines, found[_PREFIX:])


def breaches_at(url: str) -> Breaches:
    """Return who is asked about breaches; without a URL nobody is."""
    if url.startswith(FOLDER):
        return BreachFolder(Path(url.removeprefix(FOLDER)))
    return BreachRange(url) if url else NoBreaches()


def _digits(password: str) -> str:
    text = normal(password).encode("utf-8", "surrogatepass")
    return hashlib.sha1(text, usedforsecurity=False).hexdigest().upper()


def _is_listed(lines: str, suffix: str) -> bool:
    """Tell whether a suffix is in the answer with a count above 0: padding has 0."""
    for line in lines.splitlines():
        found, _, count = line.strip().partition(":")
        if hmac.compare_digest(found.upper().encode(), suffix.encode()) and count.strip() not in ("", "0"):
            return True
    return False
