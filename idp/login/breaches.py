"""Passwords that were found in breaches, asked of a range API (`IDP_HIBP_URL`, F1).

Only the first five digits of the password's SHA-1 leave the machine, and the answer is padded, so that neither the
other side nor whoever watches the line learns which password it was (k-anonymity; Have I Been Pwned API v3, "Searching
by range"). Asked outside any transaction, for one second at most. A service that does not answer keeps nobody from
choosing a password: the offline rules have been met, the log says so, and the audit trail of the change too.
"""

import hashlib
import hmac
import logging
from typing import Protocol

from idp.factors.password_rules import normal
from idp.resource_server.errors import ProviderUnavailableError
from idp.resource_server.fetch import Fetcher, UrllibFetcher

_LOG = logging.getLogger(__name__)
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
        text = normal(password).encode("utf-8", "surrogatepass")
        found = hashlib.sha1(text, usedforsecurity=False).hexdigest().upper()
        try:
            answer = self._fetcher.fetch(f"{self._url}{found[:_PREFIX]}", headers={"Add-Padding": "true"})
        except ProviderUnavailableError:
            _LOG.warning("the list of breached passwords does not answer: a password was judged without it")
            return None
        if answer.status != 200:
            _LOG.warning("the list of breached passwords answers %d: a password was judged without it", answer.status)
            return None
        return _is_listed(answer.body.decode("ascii", "replace"), found[_PREFIX:])


def breaches_at(url: str) -> Breaches:
    """Return who is asked about breaches; without a URL nobody is."""
    return BreachRange(url) if url else NoBreaches()


def _is_listed(lines: str, suffix: str) -> bool:
    """Tell whether a suffix is in the answer with a count above 0: padding has 0."""
    for line in lines.splitlines():
        found, _, count = line.strip().partition(":")
        if hmac.compare_digest(found.upper().encode(), suffix.encode()) and count.strip() not in ("", "0"):
            return True
    return False
