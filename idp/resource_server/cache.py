"""One value that the provider publishes, kept for a while: fetched by one thread at a time, stale rather than missing.

The rules it keeps: a fresh value costs no lock; of many threads that find nothing one fetches and the others wait; of
many that find a stale value one fetches and the others go on with it; after a failure nobody asks again for `retry`, so
that a provider that is down is not beaten; `renew` asks ahead of time, but not within `interval` of the last try,
however many forged key ids come by. What is stale is served for `stale_for` and then no more (RFC 5861 §4).
"""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from idp.core.clock import Clock
from idp.resource_server.errors import ProviderUnavailableError

T = TypeVar("T")
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age=\"?(\d{1,9})", re.IGNORECASE | re.ASCII)
_NEVER_KEEP = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How long things are kept."""

    default: timedelta = timedelta(minutes=5)
    least: timedelta = timedelta(minutes=1)
    most: timedelta = timedelta(days=1)
    stale_for: timedelta = timedelta(hours=1)
    retry: timedelta = timedelta(seconds=5)
    interval: timedelta = timedelta(seconds=30)

    def lifetime(self, headers: Mapping[str, str]) -> timedelta:
        """Return how long an answer with these headers stays fresh, within bounds (RFC 9111 §5.2.2)."""
        told = headers.get("cache-control", "")
        if _NEVER_KEEP.search(told):
            return self.least
        named = _MAX_AGE.search(told)
        wanted = timedelta(seconds=int(named[1])) if named else self.default
        return min(max(wanted, self.least), self.most)


@dataclass(frozen=True, slots=True)
class _Held(Generic[T]):
    value: T
    at: datetime
    fresh_for: timedelta

    def is_within(self, age: timedelta, now: datetime) -> bool:
        # A clock set back makes an age below zero: then nothing is known about it, and it counts as too old.
        return timedelta(0) <= now - self.at < age


class Kept(Generic[T]):
    """The value, and when to ask for it again."""

    def __init__(
        self, load: Callable[[], tuple[T, timedelta]], *, clock: Clock, keeping: Keeping | None = None
    ) -> None:
        self._load = load
        self._clock = clock
        self._keeping = keeping or Keeping()
        self._lock = threading.Lock()
        self._held: _Held[T] | None = None
        self._tried_at: datetime | None = None

    def get(self) -> T:
        """Return the value, fetched if need be; raise ProviderUnavailableError when there is none."""
        now = self._clock.now()
        held = self._held
        if held is not None and held.is_within(held.fresh_for, now):
            return held.value
        if held is not None and held.is_within(held.fresh_for + self._keeping.stale_for, now):
            return self._refresh_unless_busy(held.value)
        with self._lock:
            return self._refresh(within=self._keeping.retry)

    def renew(self) -> T:
        """Return the value, asked for anew unless that was done a moment ago."""
        with self._lock:
            return self._refresh(within=self._keeping.interval, is_forced=True)

    def _refresh_unless_busy(self, stale: T) -> T:
        if not self._lock.acquire(blocking=False):
            return stale
        try:
            return self._refresh(within=self._keeping.retry)
        finally:
            self._lock.release()

    def _refresh(self, *, within: timedelta, is_forced: bool = False) -> T:
        """Fetch under the lock, unless another thread has just done so or has just failed."""
        now, held = self._clock.now(), self._held
        was_tried = self._tried_at is not None and timedelta(0) <= now - self._tried_at < within
        is_fresh = held is not None and held.is_within(held.fresh_for, now)
        if not was_tried and (is_forced or not is_fresh):
            self._tried_at = now
            try:
                value, fresh_for = self._load()
            except ProviderUnavailableError:
                # From the end of the failure: who waited behind a slow one must not wait through the next.
                self._tried_at = self._clock.now()
                return self._usable(now)
            self._held = _Held(value, now, fresh_for)
        return self._usable(now)

    def _usable(self, now: datetime) -> T:
        held = self._held
        if held is None or not held.is_within(held.fresh_for + self._keeping.stale_for, now):
            raise ProviderUnavailableError("the provider cannot be reached, and nothing recent enough is kept")
        return held.value
