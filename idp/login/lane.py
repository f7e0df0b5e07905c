"""The hashing lane: as many at once as cores, a short queue, then 503.

A password hash takes 20 ms of a core and 19 MiB. Without a bound, a few people signing in would hold up every other
request (performance.md §1). A place is taken before an attempt is counted, so that a busy lane costs nobody an attempt.
Comparing a password is done beside this process (`idp.login.comparing`); what is slow and rare is done here.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TypeVar

from idp.core.errors import BusyError

T = TypeVar("T")

QUEUE_PER_CORE = 4
"""At 20 ms a hash the last in the queue waits for a tenth of a second, and threads are left for other requests."""
RETRY_AFTER = 2
"""Seconds."""


class Lane:
    """Runs slow work, a few at a time."""

    def __init__(self, *, size: int, queue: int | None = None) -> None:
        self._places = BoundedSemaphore(size + (QUEUE_PER_CORE * size if queue is None else queue))
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="lane")

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place in the lane. Raises BusyError at once when there is none."""
        if not self._places.acquire(blocking=False):
            raise BusyError(RETRY_AFTER)
        try:
            yield
        finally:
            self._places.release()

    def run(self, work: Callable[[], T]) -> T:
        """Do the work of a place when a core is free."""
        return self._pool.submit(work).result()
