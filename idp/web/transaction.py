"""Opens and closes the request's transactions, and keeps the current one where Authlib's callbacks can find it.

The ContextVar below is the only module-level state of the product (architecture.md §8): Authlib hands no transaction to
its callbacks. Only the Authlib seam and views may ask for it; everybody else is given `tx`.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Protocol

from idp.storage.tx import Tx

_CURRENT: ContextVar[Tx] = ContextVar("idp_current_tx")


class OpensTransactions(Protocol):
    """What is needed of the database."""

    def transaction(self, *, durable: bool = False) -> AbstractContextManager[Tx]:
        """Open a transaction: committed at the end, rolled back on an exception."""
        ...


class Transactions:
    """Opens transactions on one database."""

    def __init__(self, database: OpensTransactions) -> None:
        self._database = database

    @contextmanager
    def open(self, *, durable: bool = False) -> Iterator[Tx]:
        """Open a transaction and make it the current one; it commits at the end and rolls back on an exception."""
        with self._database.transaction(durable=durable) as tx:
            token = _CURRENT.set(tx)
            try:
                yield tx
            finally:
                _CURRENT.reset(token)

    def current(self) -> Tx:
        """Return the transaction of the request being answered. Raises LookupError outside of one."""
        return _CURRENT.get()
