"""Connections that end in time, whatever the server does: a time-out between two bytes is no bound on an answer.

Whoever sends a byte every few seconds would otherwise hold up what others wait for. So a connection is cut when its
time is over: by a second handle on it, which stays good while TLS wraps the first.
"""

import contextlib
import socket
import threading
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

LONGEST = 20.0
"""Seconds from a connection to the end of its answer's head."""


class _Timed:
    """What both kinds of connection have in common."""

    _guard: threading.Timer | None = None
    _handle: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        opened: socket.socket = super()._new_conn()  # type: ignore[misc]
        self._handle = opened.dup()
        self._guard = threading.Timer(LONGEST, _cut, (self._handle,))
        self._guard.daemon = True
        self._guard.start()
        return opened

    def close(self) -> None:
        super().close()  # type: ignore[misc]
        if self._guard is not None and self._handle is not None:
            self._guard.cancel()
            self._handle.close()


class _Plain(_Timed, HTTPConnection):
    pass


class _Secure(_Timed, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class TimedAdapter(HTTPAdapter):
    """Opens such connections, and tries once."""

    def __init__(self) -> None:
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **kwargs: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(connections, maxsize, block, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


def _cut(handle: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it was closed a moment before
        handle.shutdown(socket.SHUT_RDWR)
