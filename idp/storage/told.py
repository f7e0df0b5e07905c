"""The versions as this process knows them while it is told of every change (`idp.storage.versions`).

With Redis, whoever changes something tells all processes after the commit, and the versions need not be read with each
request. The database stays the truth: they are read again once a second whatever was told, and with every request while
nothing can be heard. So a lost message costs a second, and a lost Redis one statement a request.
"""

import logging
import os
import threading
import weakref
from collections.abc import Callable, Mapping
from time import monotonic

import msgspec
from redis.client import PubSub
from redis.exceptions import RedisError

from idp.storage.shared import Shared

LONGEST = 1.0
"""Seconds that versions are kept, told or not."""
BEAT = 0.25
"""Seconds between two questions whether the connection still lives; it counts as dead when none of four is answered."""
_TOPIC = "changed"
_log = logging.getLogger(__name__)

Versions = Mapping[str, int]


class _Kept(msgspec.Struct, frozen=True):
    versions: Versions
    ends: float


class Told:
    """Keeps the versions of one database in one process; without Redis it keeps nothing."""

    def __init__(self, shared: Shared | None = None, *, time: Callable[[], float] = monotonic) -> None:
        self._shared = shared
        self._time = time
        self._lock = threading.Lock()
        self._kept: _Kept | None = None
        self._lately: _Kept | None = None
        self._changes = 0
        self._heard_until = 0.0
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        if shared is not None:
            os.register_at_fork(after_in_child=_restarting(weakref.ref(self)))

    def versions(self, read: Callable[[], Versions]) -> Versions:
        """Return the versions: those kept, or what `read` finds.

        What was read before a change was told is not kept after it.
        """
        kept, now = self._kept, self._time()
        if kept is not None and now < kept.ends and now < self._heard_until:
            return kept.versions
        changes = self._changes
        versions = read()
        with self._lock:
            if changes == self._changes:
                self._lately = _Kept(versions, now + LONGEST)
                self._kept = self._lately if now < self._heard_until else None
        return versions

    def lately(self, read: Callable[[], Versions]) -> Versions:
        """Return the versions as they were within the last second, told or not; a change made here counts at once."""
        kept, now = self._lately, self._time()
        return kept.versions if kept is not None and now < kept.ends else self.versions(read)

    def change(self) -> None:
        """Forget what is kept, and tell the other processes to; called after a commit that bumped a version."""
        self.forget()
        if self._shared is not None:
            self._shared.tell(_TOPIC)

    def forget(self) -> None:
        """Forget what is kept."""
        with self._lock:
            self._changes += 1
            self._kept = self._lately = None

    @property
    def is_listening(self) -> bool:
        """Tell whether changes are heard at this moment."""
        return self._time() < self._heard_until

    def start(self) -> None:
        """Begin to listen; without Redis, and a second time, it changes nothing. Called after a server has forked."""
        if self._shared is None or self._thread is not None:
            return
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._shared,), name="listener", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no longer."""
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()
        self._thread = None
        self._heard_until = 0.0

    def restart(self) -> None:
        """Begin again in a forked child: it has no thread of its parent's, and may have copied a lock that is held."""
        self._lock = threading.Lock()
        self._heard_until = 0.0
        if self._thread is not None:
            self._thread = None
            self.start()

    def _run(self, shared: Shared) -> None:
        while not self._is_over.is_set():
            try:
                with shared.subscription(_TOPIC) as subscription:
                    self._listen(subscription)
            except (RedisError, OSError) as error:
                _log.warning("changes elsewhere are not heard for now: %s", type(error).__name__)
            self._is_over.wait(BEAT)

    def _listen(self, subscription: PubSub) -> None:
        """Listen until the connection is dead; every answer, be it to a beat, says that it is not yet."""
        answered = self._time()
        while not self._is_over.is_set() and self._time() < answered + 4 * BEAT:
            asked = self._time()
            subscription.ping()
            while not self._is_over.is_set():
                message = subscription.get_message(timeout=max(0.0, asked + BEAT - self._time()))
                if message is None:
                    break
                answered = self._time()
                if message["type"] in ("message", "subscribe"):
                    self.forget()
                self._heard_until = answered + 4 * BEAT


def _restarting(told: "weakref.ref[Told]") -> Callable[[], None]:
    def restart() -> None:
        found = told()
        if found is not None:
            found.restart()

    return restart
