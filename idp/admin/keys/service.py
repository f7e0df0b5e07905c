"""Signing keys, replaced and retired by an owner."""

from datetime import datetime

from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.records.audit import store as audit
from idp.records.keys import store as keys
from idp.records.keys.model import SigningKey
from idp.records.keys.service import KeyRing
from idp.storage.tx import Tx


class KeysDesk:
    """Looks after the ring."""

    def __init__(self, *, ring: KeyRing, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock

    def all(self, tx: Tx) -> tuple[SigningKey, ...]:
        """Return every key, those that are published no more too."""
        return tuple(keys.list_keys(tx))

    def rotate(self, tx: Tx, staff: Staff, alg: str) -> datetime | None:
        """Let the next key of an algorithm sign from now on; return None, or from when on it may be.

        Raises NotFoundError where there is none.
        """
        if all(key.alg != alg for key in self.all(tx)):
            raise NotFoundError
        early = self._ring.rotate(tx, alg)
        if early is None:
            self._told(tx, staff, "key.rotated", alg)
        return early

    def retire(self, tx: Tx, staff: Staff, kid: str) -> None:
        """Believe nothing more that a key has signed. Raises NotFoundError where there is none."""
        if all(key.kid != kid for key in self.all(tx)):
            raise NotFoundError
        self._ring.retire(tx, kid)
        self._told(tx, staff, "key.retired", kid)

    def _told(self, tx: Tx, staff: Staff, name: str, key: str) -> None:
        audit.add(tx, staff.event(name, at=self._clock.now(), details={"key": key}))
