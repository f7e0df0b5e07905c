"""How the provider is asked over HTTP: the one place that opens a connection, behind a Protocol.

The rule it keeps: https except on loopback, no redirect followed (RFC 9700 §4.11: what a redirect names was chosen by
somebody else), a time limit on the whole answer and not on each read, and a size limit. Applications that have an HTTP
client of their own bring it as a `Fetcher`.
"""

import ipaddress
import ssl
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from http.client import HTTPException, HTTPResponse
from typing import Protocol
from urllib.parse import urlsplit

from idp.resource_server.errors import ProviderUnavailableError

_CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Fetcher(Protocol):
    """Sends one request: GET without a body, POST with one. Raises ProviderUnavailableError and nothing else."""

    def fetch(self, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        """Return the answer, whatever its status, without following a redirect."""
        ...


class UrllibFetcher:
    """The standard library's client, with bounds."""

    def __init__(
        self,
        *,
        timeout: float = 3.0,
        largest: int = 256 * 1024,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout = timeout
        self._largest = largest
        self._monotonic = monotonic

    @cached_property
    def _loopback(self) -> urllib.request.OpenerDirector:
        """Plain http, which is loopback's alone, and nothing for a proxy."""
        return _opener(urllib.request.HTTPHandler())

    @cached_property
    def _secure(self) -> urllib.request.OpenerDirector:
        """Everything else, through the machine's proxy if it has one; made once, as reading certificates takes time."""
        verifying = ssl.create_default_context()
        return _opener(urllib.request.ProxyHandler(), urllib.request.HTTPSHandler(context=verifying))

    def fetch(self, url: str, *, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Fetched:
        """Return the answer, whatever its status, without following a redirect."""
        if not is_safe_url(url):
            raise ProviderUnavailableError("an address is neither https nor loopback")
        deadline = self._monotonic() + self._timeout
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})}
        request = urllib.request.Request(url, data=body, headers=sent)  # noqa: S310  # the scheme was checked above
        opener = self._secure if url[:6].lower() == "https:" else self._loopback
        try:
            with opener.open(request, timeout=self._timeout) as response:
                return Fetched(response.status, _lower(response), self._read(response, deadline))
        except (OSError, HTTPException, ValueError) as error:
            raise ProviderUnavailableError("the provider does not answer") from error

    def _read(self, response: HTTPResponse, deadline: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        while part := response.read1(_CHUNK):
            parts.append(part)
            size += len(part)
            if size > self._largest:
                raise ProviderUnavailableError("the provider's answer is too long")
            if self._monotonic() > deadline:
                raise ProviderUnavailableError("the provider's answer takes too long")
        if response.length:  # what is left of Content-Length: `read1` ends quietly where the line breaks
            raise ProviderUnavailableError("the provider's answer is cut short")
        return b"".join(parts)


def _opener(*handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    """Put together by hand, so that no handler for files, FTP or redirects is there to be reached."""
    opener = urllib.request.OpenerDirector()
    for handler in handlers:
        opener.add_handler(handler)
    return opener


def is_safe_url(url: str) -> bool:
    """Tell whether `url` is absolute and https, or plain http on loopback; without user, fragment or odd characters."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if not host or parts.username is not None or parts.fragment or not url.isascii() or not url.isprintable():
        return False
    if " " in url or "\\" in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _lower(response: HTTPResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.getheaders()}
