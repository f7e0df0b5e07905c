"""Runs the two servers side by side: both are up before anything is announced, and both end together."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException

from idp.demo.place import HOST, Place

_START = 40
"""Seconds a server may take to answer for the first time, on a machine that is busy with other things."""
_GRACE = 4.5
"""Seconds both have to end; after that they are killed. Less than the five that are promised (surface.md)."""
_PAUSE = 0.1


class Servers:
    """Both servers as processes."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._told = threading.Event()
        self._processes: Sequence[subprocess.Popen[bytes]] = ()

    def run(self, announce: Callable[[], None]) -> bool:
        """Serve until told to end; tell whether that is how it ended."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda _number, _frame: self._told.set())
        self._processes = [self._start(role) for role in ("provider", "bank")]
        try:
            if self._are_up():
                announce()
            while not self._told.wait(_PAUSE) and self._live():
                pass
        finally:
            self._end()
        return self._told.is_set()

    def _start(self, role: str) -> subprocess.Popen[bytes]:
        place = self._place
        command = [sys.executable, "-m", "idp.demo.servers", role, str(place.var), str(place.port), str(place.rp_port)]
        # A session of its own: Ctrl-C reaches us alone, and we end both in good order.
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 -- our own words

    def _live(self) -> bool:
        return all(process.poll() is None for process in self._processes)

    def _are_up(self) -> bool:
        """Wait until both answer; false when one of them will not."""
        for _ in range(int(_START / _PAUSE)):
            if not self._live() or self._told.wait(_PAUSE):
                return False
            if answers(self._place.port, "/readyz") and answers(self._place.rp_port, "/signed-out"):
                return True
        return False

    def _end(self) -> None:
        for process in self._processes:
            process.terminate()
        deadline = time.monotonic() + _GRACE
        for process in self._processes:
            try:
                process.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def answers(port: int, path: str) -> bool:
    """Tell whether a server on this machine answers 200 there."""
    connection = HTTPConnection(HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
