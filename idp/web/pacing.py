"""How many forms one address may send in a minute: what protects everybody from one who sends thousands.

It bounds what costs us (hashing, sending, writing), and decides nothing about a person: failures are counted and locked
in the database (`records/throttle`), whatever becomes of Redis. Counted in Redis, one trip a form, where there is one.
While it does not answer, each process counts by itself and lets through a quarter: never more than before (FLT-08).
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from threading import Lock

from flask import Flask, request

from idp.core.clock import Clock
from idp.core.errors import TooManyError
from idp.core.secrets import SecretKeys
from idp.storage.shared import Shared
from idp.web.address import ENVIRON_KEY
from idp.web.router import CAME_OF_IT, SAFE

WINDOW = 60
"""Seconds."""
MOST_KNOWN = 65_536
"""Addresses that a process counts by itself; the one seen longest ago makes room."""
ALONE = 4
"""By what the limit is divided while a process counts without the Redis that it should have."""
_IPV6_SITE = 64
"""Bits of an address that one subscriber holds (RFC 6177 §2)."""

Count = Callable[[str], int]


class Pace:
    """Counts forms by address; `most` a minute, 0 is any number."""

    def __init__(self, *, most: int, shared: Shared | None, keys: SecretKeys, clock: Clock) -> None:
        self._most = most
        self._shared = shared
        self._keys = keys
        self._clock = clock
        self._lock = Lock()
        self._window = 0
        self._counted: OrderedDict[str, int] = OrderedDict()

    def check(self, address: str) -> None:
        """Count one form. Raises TooManyError when there were too many from this address in this minute."""
        if not self._most:
            return
        window, past = divmod(int(self._clock.now().timestamp()), WINDOW)
        site = site_of(address)
        shared, most = self._count_together(site, window), self._most
        if shared is None:
            shared = self._count_alone(site, window)
            most = most if self._shared is None else max(1, most // ALONE)
        if shared > most:
            raise TooManyError(WINDOW - past)

    def _count_together(self, site: str, window: int) -> int | None:
        if self._shared is None:
            return None
        name = self._keys.sign(site, context="pace")[:32]  # Redis learns no address
        return self._shared.count(f"pace:{window}:{name}", ttl=WINDOW)

    def _count_alone(self, site: str, window: int) -> int:
        with self._lock:
            if window != self._window:
                self._window = window
                self._counted.clear()
            counted = self._counted[site] = self._counted.pop(site, 0) + 1
            if len(self._counted) > MOST_KNOWN:
                self._counted.popitem(last=False)
            return counted


def site_of(address: str) -> str:
    """Return what of an address one subscriber holds; whoever comes from nowhere shares one count with their like."""
    if not address:
        return ""
    known = ip_address(address)
    if isinstance(known, IPv6Address):
        return str(IPv6Address(int(known) >> _IPV6_SITE << _IPV6_SITE))
    return address


def install(app: Flask, pace: Pace) -> None:
    """Count every form and every change that is sent to `app`'s pages, before anything of it is read.

    What the router has looked at is counted already.
    """

    @app.before_request
    def check() -> None:
        if request.method not in SAFE and CAME_OF_IT not in request.environ:
            pace.check(str(request.environ.get(ENVIRON_KEY, "")))
