"""Which pepper hashes, and which one did before: read anew every half minute, changed once a year."""

from datetime import datetime, timedelta

from idp.core.tokens import Tokens
from idp.records.risks.peppers import store as peppers
from idp.risk.history import KEEP
from idp.risk.observation import Hasher, Keys, Observation
from idp.risk.rekeying import Moves, moves
from idp.storage.tx import Tx

YEARLY = timedelta(days=365)
_READ_EVERY = timedelta(seconds=30)


class Peppers:
    """Hashes what was observed."""

    def __init__(self, *, tokens: Tokens) -> None:
        self._tokens = tokens
        self._hashers: tuple[Hasher, ...] = ()
        self._read_at: datetime | None = None

    def hasher(self, tx: Tx, now: datetime) -> Hasher:
        """Return what hashes now."""
        return self._current(tx, now)[0]

    def keys(self, tx: Tx, seen: Observation, now: datetime) -> tuple[Keys, Moves]:
        """Return the keys of what was observed, and what moves to them from those of the last pepper."""
        current, *last = self._current(tx, now)
        keys = current.keys(seen)
        return keys, moves(last[0].keys(seen), keys) if last else ()

    def _current(self, tx: Tx, now: datetime) -> tuple[Hasher, ...]:
        if self._read_at is None or abs(now - self._read_at) >= _READ_EVERY:
            found = peppers.list_peppers(tx)
            self._read_at = now if found else None  # what is drawn here may yet be rolled back
            if not found:
                peppers.draw(tx, 1, tokens=self._tokens, now=now)
                found = peppers.list_peppers(tx)
            self._hashers = tuple(Hasher(pepper.secret) for pepper in found[:2])
        return self._hashers


def renew(tx: Tx, *, tokens: Tokens, now: datetime) -> int:
    """Draw a new pepper where the last one is a year old; drop the one before once nothing hangs on it.

    Returns how much there was to do. Two at once draw one.
    """
    newest = next(iter(peppers.list_peppers(tx)), None)
    if newest is None:
        return 0
    if now - newest.drawn_at >= YEARLY:
        return int(peppers.draw(tx, newest.number + 1, tokens=tokens, now=now))
    return peppers.drop_before(tx, newest.number) if now - newest.drawn_at >= KEEP else 0
