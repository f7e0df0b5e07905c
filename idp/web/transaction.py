"""Opens and closes the request's transactions; whoever works in one is given it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from time import sleep
from typing import Protocol, TypeVar

from idp.core.tokens import SystemTokens, Tokens
from idp.storage.errors import OvertakenError
from idp.storage.tx import Tx

TRIES = 6
"""How often a transaction is begun at most; the waits between come to a third of a second at the worst."""
_T = TypeVar("_T")


class OpensTransactions(Protocol):
    """What is needed of the database."""

    def transaction(self, *, durable: bool = False) -> AbstractContextManager[Tx]:
        """Open a transaction: committed at the end, rolled back on an exception."""
        ...


class Transactions:
    """Opens transactions on one database."""

    def __init__(self, database: OpensTransactions, *, tokens: Tokens | None = None) -> None:
        self._database = database
        self._tokens: Tokens = tokens or SystemTokens()

    def open(self, *, durable: bool = True) -> AbstractContextManager[Tx]:
        """Open a transaction: it commits at the end and rolls back on an exception.

        What is written survives a loss of power once this has ended, unless whoever opens it says that it need not.
        """
        return self._database.transaction(durable=durable)

    def run(self, work: Callable[[Tx], _T], *, durable: bool = True) -> _T:
        """Do this in a transaction, and return what comes of it; one that others have overtaken is begun anew.

        Nothing of a try that failed is left, so `work` may be done again as long as it changes nothing else.
        """
        tried = 0
        while True:
            try:
                with self._database.transaction(durable=durable) as tx:
                    return work(tx)
            except OvertakenError:
                tried += 1
                if tried == TRIES:
                    raise
            sleep(2**tried * (1 + int(self._tokens.digits(1))) / 2000)  # not all at the same moment again
