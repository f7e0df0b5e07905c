"""Couriers in threads of their own, one a channel, in each process that serves; and other work of that kind.

They wake when something was committed for them, and look by themselves every second: for what another process left, and
for what is to be tried again. One channel that is slow holds up no other.
"""

import logging
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Protocol

PAUSE = 1.0
"""Seconds between two looks when nobody wakes us."""
_log = logging.getLogger(__name__)


class Worker(Protocol):
    """What a courier is to the thread that runs it."""

    channel: str

    def work(self) -> int:
        """Do what is due now; return how much it was."""
        ...

    def work_once(self) -> bool:
        """Do one piece; false when nothing is due."""
        ...


class Background:
    """Runs couriers until the process ends. Nothing runs before `start`, which is called after a server has forked."""

    def __init__(self, couriers: Sequence[Worker]) -> None:
        self._couriers = couriers
        self._threads: tuple[threading.Thread, ...] = ()
        self._wakes: tuple[threading.Event, ...] = ()
        self._is_over = threading.Event()
        os.register_at_fork(after_in_child=_restarting(weakref.ref(self)))

    def start(self) -> None:
        """Begin; a second time changes nothing."""
        if self._threads:
            return
        self._is_over = threading.Event()
        self._wakes = tuple(threading.Event() for _ in self._couriers)
        self._threads = tuple(
            # No daemon: the process lets a message that is being handed over be settled before it ends.
            threading.Thread(target=self._run, args=pair, name=f"courier-{pair[0].channel}", daemon=False)
            for pair in zip(self._couriers, self._wakes, strict=True)
        )
        for thread in self._threads:
            thread.start()

    def work(self) -> int:
        """Send what is due now, in the caller's own time; return how many messages were settled."""
        return sum(courier.work() for courier in self._couriers)

    def wake(self, channel: str = "") -> None:
        """Let the courier of this channel look now, or every one. May be called from any thread."""
        for courier, wake in zip(self._couriers, self._wakes, strict=False):  # none before the start
            if channel in ("", courier.channel):
                wake.set()

    def stop(self) -> None:
        """End, once what is being handed over is settled."""
        self._is_over.set()
        self.wake()
        for thread in self._threads:
            thread.join()
        self._threads = ()

    def restart(self) -> None:
        """Begin again in a forked child: it has no threads of its parent's."""
        if self._threads:
            self._threads = ()
            self.start()

    def _run(self, courier: Worker, wake: threading.Event) -> None:
        while not self._is_over.is_set() and threading.main_thread().is_alive():
            wake.clear()
            try:
                while not self._is_over.is_set() and threading.main_thread().is_alive() and courier.work_once():
                    pass
            except Exception as error:  # noqa: BLE001 -- a thread that ended would send nothing until the next start
                _log.error("the courier of %s failed: %s", courier.channel, type(error).__name__)
            wake.wait(PAUSE)


def _restarting(background: "weakref.ref[Background]") -> Callable[[], None]:
    def restart() -> None:
        found = background()
        if found is not None:
            found.restart()

    return restart
