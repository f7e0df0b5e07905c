"""What is remembered of one person's sign-ins: one compact text of bytes (risk.md §5.4).

Eight bytes a key: its hash (32 bits), how often it was seen (13), how many different values came after it (3), and the
day it was last seen (16). Before them the format, the device cookie's misses and chances, and the last sign-in's
minute. Keys not seen for 180 days are dropped, and the oldest beyond 256. It knows no person, only hashes.
"""

import struct
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from idp.risk.observation import Keys

KEEP = timedelta(days=180)
MOST_KEYS = 256
MOST_KINDS = 7
_MOST_COUNTED = 8191
_MOST_MISSES = 65535
_FORMAT = 1
_HEADER = struct.Struct(">BHHI")
_ENTRY = struct.Struct(">IHH")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
KNOWN_CLIENT = 3
"""The client is known when the person has been seen with its device, system and browser; versions come and go."""


class Step(NamedTuple):
    """One level of a chain, as far as the person's history reaches."""

    level: int
    parent: int
    key: int
    seen: int
    """How often the person was seen at the parent."""
    kinds: int
    """How many different values they showed there."""
    times: int
    """How often this very value."""
    away: int = 0
    """For how many days they have not been seen at the parent."""


class History:
    """One person's past; changed by `learn` alone."""

    __slots__ = ("_keys", "chances", "last_minute", "misses")

    def __init__(self) -> None:
        self._keys: dict[int, tuple[int, int, int]] = {}
        self.misses = 0
        """Sign-ins with a known client that brought no known cookie."""
        self.chances = 0
        """Sign-ins with a known client."""
        self.last_minute = 0

    @classmethod
    def unpacked(cls, blob: bytes, now: datetime, *, keep: timedelta = KEEP) -> "History":
        """Return what was remembered, without what is too old by now; nothing of another format."""
        history = cls()
        if len(blob) < _HEADER.size or blob[0] != _FORMAT or (len(blob) - _HEADER.size) % _ENTRY.size:
            return history
        _, history.misses, history.chances, history.last_minute = _HEADER.unpack_from(blob)
        oldest = max(0, _day(now) - keep.days)
        for key, packed, day in _ENTRY.iter_unpack(blob[_HEADER.size :]):
            if day >= oldest:
                history._keys[key] = (packed >> 3, packed & MOST_KINDS, day)
        return history

    def packed(self) -> bytes:
        """Return the bytes that are kept."""
        kept = self._keys.items()
        if len(kept) > MOST_KEYS:
            newest = sorted(enumerate(kept), key=lambda item: (-item[1][1][2], item[0]))[:MOST_KEYS]
            kept = dict(entry for _, entry in sorted(newest)).items()
        entries = b"".join(_ENTRY.pack(key, times << 3 | kinds, day) for key, (times, kinds, day) in kept)
        return _HEADER.pack(_FORMAT, self.misses, self.chances, self.last_minute) + entries

    def __len__(self) -> int:
        return len(self._keys)

    def times(self, key: int) -> int:
        """Return how often a value was seen."""
        found = self._keys.get(key)
        return found[0] if found else 0

    def steps(self, chain: tuple[int, ...], now: datetime) -> list[Step]:
        """Return the chain's levels down to the first value that this person has never shown."""
        steps: list[Step] = []
        keys, today = self._keys, _day(now)
        if not chain:
            return steps
        parent = chain[0]
        for level, key in enumerate(chain[1:]):
            if key == parent:
                continue
            above = keys.get(parent)
            if above is None:
                break
            here = keys.get(key)
            times = here[0] if here else 0
            steps.append(Step(level, parent, key, above[0], above[1], times, max(0, today - above[2])))
            if not times:
                break
            parent = key
        return steps

    def has_client(self, keys: Keys) -> bool:
        """Tell whether the person has been seen with this device, system and browser."""
        return keys.client[KNOWN_CLIENT] in self._keys

    def has_cookie(self, keys: Keys) -> bool:
        """Tell whether the device cookie is one that this person has succeeded with."""
        return keys.cookie != 0 and keys.cookie in self._keys

    def gap(self, now: datetime) -> timedelta:
        """Return the time since the last sign-in."""
        return max(timedelta(0), now - (_EPOCH + self.last_minute * _MINUTE))

    def learn(self, keys: Keys, now: datetime) -> None:
        """Remember a sign-in; only one that was fully verified may come here (no history is poisoned by trying)."""
        if self.has_client(keys):
            missed = not self.has_cookie(keys)
            self.chances = min(self.chances + 1, _MOST_MISSES)
            self.misses = min(self.misses + missed, _MOST_MISSES)
        today = _day(now)
        for chain in keys.chains:
            self._see(chain[0], chain[0], today)
            for parent, key in pairwise(chain):
                if key != parent:
                    self._see(parent, key, today)
        if keys.cookie:
            self._see(keys.cookie, keys.cookie, today)
        self.last_minute = max(0, (now - _EPOCH) // _MINUTE)

    def forget(self, keys: Keys) -> None:
        """Take back what a sign-in taught that turned out to be somebody else's: each value once, its cookie wholly."""
        for key in {*keys.network, *keys.client, *keys.hints, keys.cookie}:
            times, kinds, day = self._keys.get(key, (0, 0, 0))
            if times <= 1 or key == keys.cookie:
                self._keys.pop(key, None)
            else:
                self._keys[key] = (times - 1, kinds, day)

    def move(self, old: int, new: int) -> None:
        """Take what is remembered under one key to another."""
        found = self._keys.pop(old, None)
        if found is None:
            return
        times, kinds, day = self._keys.get(new, (0, 0, 0))
        self._keys[new] = (min(times + found[0], _MOST_COUNTED), max(kinds, found[1]), max(day, found[2]))

    def _see(self, parent: int, key: int, today: int) -> None:
        times, kinds, _ = self._keys.get(key, (0, 0, 0))
        if not times and key != parent:
            above = self._keys[parent]
            self._keys[parent] = (above[0], min(above[1] + 1, MOST_KINDS), above[2])
        self._keys[key] = (min(times + 1, _MOST_COUNTED), kinds, today)


def _day(now: datetime) -> int:
    return max(0, (now - _EPOCH).days)
