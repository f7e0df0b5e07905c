"""Opens and closes the request's transactions, and keeps the current one where Authlib's callbacks can find it.

The ContextVar below is the only module-level state of the product (architecture.md §8): Authlib hands no transaction to
its callbacks. Only the Authlib seam and views may ask for it; everybody else is given `tx`.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar, Token
from time import sleep
from types import TracebackType
from typing import Protocol, TypeVar

from idp.core.tokens import SystemTokens, Tokens
from idp.storage.errors import OvertakenError
from idp.storage.tx import Tx

_CURRENT: ContextVar[Tx] = ContextVar("idp_current_tx")


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
        """Open a transaction and make it the current one; it commits at the end and rolls back on an exception.

        What is written survives a loss of power once this has ended, unless whoever opens it says that it need not.
        """
        return _Opened(self._database.transaction(durable=durable))

    def run(self, work: Callable[[Tx], _T], *, durable: bool = True) -> _T:
        """Do this in a transaction, and return what comes of it; one that others have overtaken is begun anew.

        Nothing of a try that failed is left, so `work` may be done again as long as it changes nothing else.
        """
        for tried in range(TRIES - 1):
            try:
                return self._once(work, durable=durable)
            except OvertakenError:
                sleep(2**tried * (1 + int(self._tokens.digits(1))) / 1000)  # not all at the same moment again
        return self._once(work, durable=durable)

    def _once(self, work: Callable[[Tx], _T], *, durable: bool) -> _T:
        with self.open(durable=durable) as tx:
            return work(tx)

    def current(self) -> Tx:
        """Return the transaction of the request being answered. Raises LookupError outside of one."""
        return _CURRENT.get()


class _Opened:
    """A transaction for as long as it is the current one; a class, as a generator costs three times as much."""

    __slots__ = ("_inner", "_token")

    def __init__(self, inner: AbstractContextManager[Tx]) -> None:
        self._inner = inner
        self._token: Token[Tx] | None = None

    def __enter__(self) -> Tx:
        tx = self._inner.__enter__()
        self._token = _CURRENT.set(tx)
        return tx

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if self._token is not None:
            _CURRENT.reset(self._token)
        return self._inner.__exit__(kind, error, trace)
