"""The round of whoever carries messages: claim one, try it, settle what came of it.

Claimed and settled are two short transactions; between them nothing is held while somebody else's server is spoken to.
Whoever dies in between leaves a message that is due again when the claim has run out.
"""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from idp.core.errors import BusyError
from idp.storage.engine import Database
from idp.storage.tx import Tx

Claimed = TypeVar("Claimed")
Result = TypeVar("Result")


class Working(ABC, Generic[Claimed, Result]):
    """Does what is due, a message at a time."""

    def __init__(self, *, database: Database) -> None:
        self.database = database

    def work(self) -> int:
        """Do what is due now; return how many messages were settled."""
        settled = 0
        while self.work_once():
            settled += 1
        return settled

    def work_once(self) -> bool:
        """Settle one message; false when none is due, or none may be tried now."""
        try:
            claimed = self.claim()
            if claimed is None:
                return False
            result = self.attempt(claimed)
            with self.database.transaction() as tx:
                self.settle(tx, claimed, result)
        except BusyError:  # the database has more urgent things to do; what was claimed is due again later
            return False
        return True

    @abstractmethod
    def claim(self) -> Claimed | None:
        """Return a message to try now, as nobody else's."""

    @abstractmethod
    def attempt(self, claimed: Claimed) -> Result:
        """Try it, outside any transaction; return what came of it."""

    @abstractmethod
    def settle(self, tx: Tx, claimed: Claimed, result: Result) -> None:
        """Keep what came of it."""
