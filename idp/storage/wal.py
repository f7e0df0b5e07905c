"""SQLite's write-ahead log: what makes commits survive a loss of power, many at once, and what keeps it short.

SQLite's own way (`synchronous=FULL`) waits for the disk inside each commit, and all writers wait with it; so it does
for the checkpoint that every thousandth page sets off. Here commits are written as NORMAL writes them, their locks are
let go, and whoever needs to be sure waits for a flush of the log: one covers all commits before it. It is the flush
that FULL makes (`walFrames` in SQLite's wal.c), before the answer goes out. Others may see what was committed a moment
before that; a commit of theirs that builds on it stands behind it in the log, and is never kept without it.
"""

import logging
import os
from pathlib import Path
from threading import Lock

from idp.core.errors import BusyError
from idp.storage.errors import RETRY_AFTER

PAGES = 8000
"""Of 4 KiB, at which a commit shortens the log itself; serving processes do it every two seconds, beside commits."""
_LOG = logging.getLogger(__name__)


class WriteAheadLog:
    """The log beside one database file, as one process flushes it."""

    def __init__(self, database: Path) -> None:
        real = database.resolve()  # as SQLite does: the log is beside the file, not beside a link to it
        self._file = real.with_name(f"{real.name}-wal")
        self._counting, self._flushing = Lock(), Lock()
        self._asked = self._kept = self._lost = 0

    def keep(self) -> None:
        """Return once all that was committed before survives a loss of power. Raises BusyError when it may not."""
        with self._counting:
            self._asked += 1
            mine = self._asked
        with self._flushing:
            if self._kept < mine and self._lost < mine:
                self._keep_all()
            if self._lost >= mine:
                raise BusyError(RETRY_AFTER)

    def _keep_all(self) -> None:
        """Flush once for all who have asked by now; a flush that fails fails all of them, as a second would not."""
        with self._counting:
            asked = self._asked
        try:
            handle = os.open(self._file, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:  # whoever closed the file last has moved all of it to the database, and flushed that
            self._kept = asked
            return
        try:
            getattr(os, "fdatasync", os.fsync)(handle)  # macOS has no fdatasync
            self._kept = asked
        except OSError as error:
            self._lost = asked
            _LOG.error("%s could not be flushed, and may not survive a loss of power: %s", self._file, error)
        finally:
            os.close(handle)
