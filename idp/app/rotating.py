"""Keys replaced by schedule: published, then signing, then published for as long as what they signed may be checked.

A key is published for a whole period before it signs. After it has ceased to, it stays for the longest that anything it
signed is of use: an ID token is a hint for as long as its session lives (OIDC RP-Initiated Logout 1.0 §2), a day is for
caches and clocks, and half a period is the most, so that keys do not pile up. What is due is decided by conditional
writes alone, whichever process comes first.
"""

from collections.abc import Callable
from datetime import timedelta

from idp.cli.installation import ALGORITHMS
from idp.core.clock import Clock
from idp.policy.language import Bundle
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.keys.service import KeyRing
from idp.storage.tx import Tx

_CACHES = timedelta(days=1)


class Rotation:
    """Rotates and retires the keys of one installation; `every` None: by command alone."""

    def __init__(self, *, ring: KeyRing, live: Callable[[Tx], Bundle], clock: Clock, every: timedelta | None) -> None:
        self._ring = ring
        self._live = live
        self._clock = clock
        self._every = every

    def once(self, tx: Tx) -> int:
        """Do for one algorithm what is due; return how many keys were moved."""
        every = self._every
        if every is None:
            return 0
        after = min(self._live(tx).sessions.absolute + _CACHES, every / 2)
        return next((moved for alg in ALGORITHMS if (moved := self._move(tx, alg, every=every, after=after))), 0)

    def _move(self, tx: Tx, alg: str, *, every: timedelta, after: timedelta) -> int:
        retired = self._ring.retire_previous(tx, alg, after=after)
        for kid in retired:
            self._tell(tx, "key.retired", kid)
        if not retired and self._ring.rotate_when_due(tx, alg, every=every):
            self._tell(tx, "key.rotated", alg)
            return 1
        return len(retired)

    def _tell(self, tx: Tx, name: str, key: str) -> None:
        audit.add(tx, Event(name=name, at=self._clock.now(), details={"key": key, "by": "schedule"}))
