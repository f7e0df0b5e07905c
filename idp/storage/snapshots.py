"""What this process has read of tables that seldom change, for as long as nobody has changed them.

The database stays the truth (architecture.md §4): whoever asks has compared the version first (`idp.storage.versions`),
and nothing is kept longer than half a minute or beyond a bound, whatever became of a version.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, TypeVar

from idp.storage import versions
from idp.storage.told import Told
from idp.storage.tx import Tx

MOST = 1024
"""Entries of one kind."""
LONGEST = 30.0
"""Seconds: how long a change is overseen that somebody made by hand, past the version."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Kept:
    version: int
    ends: float
    values: dict[Any, Any] = field(default_factory=dict)


class Snapshots:
    """The snapshots of one database in one process."""

    def __init__(self, told: Told | None = None, *, time: Callable[[], float] = monotonic) -> None:
        self.told = told or Told()
        self._time = time
        self._kept: dict[str, _Kept] = {}

    def get(self, tx: Tx, name: str, key: str, read: Callable[[Tx, str], _T | None]) -> _T | None:
        """Return what `read` finds, from memory while the version `name` is still the one it was read under.

        The version is compared before the row is read: a row newer than its version is looked for once more, and an
        older one is never kept under a newer version.
        """
        kept = self._fresh(name, versions.read(tx, name))
        found: _T | None = kept.values.get(key)
        if found is None:
            found = read(tx, key)
            if found is not None:
                kept.values[key] = found
        return found

    def shelf(self, name: str) -> dict[Any, Any]:
        """Return what is kept under a name that has no version: whoever looks there compares for themselves."""
        return self._fresh(name, 0).values

    def _fresh(self, name: str, version: int) -> _Kept:
        kept, now = self._kept.get(name), self._time()
        if kept is None or kept.version != version or kept.ends <= now or len(kept.values) >= MOST:
            kept = self._kept[name] = _Kept(version, now + LONGEST)
        return kept
