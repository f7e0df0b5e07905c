"""What a process that serves does beside its requests: each chore every so often, in a transaction of its own.

Every process does them, or whichever comes first (`is_alone`, by a lease in the database); either way a chore is
written so that two at once do no harm. A chore that fails is tried again next time.
"""

import logging
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from idp.app.parts import Parts
from idp.app.purging import Purging
from idp.app.rotating import Rotation
from idp.core.clock import Clock
from idp.core.errors import BusyError
from idp.core.tokens import Tokens
from idp.delivery.hooks.spreading import Spreader
from idp.login.abandoning import Abandoning
from idp.login.assessing import peppers
from idp.login.recovery.completing import Completing
from idp.records.audit.seals import service as seals
from idp.storage import leases
from idp.storage.engine import Database
from idp.storage.errors import ConflictError
from idp.storage.tx import Tx
from idp.web.transaction import OpensTransactions

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """Done every `pause` seconds: `do` returns how much it did, and is called again while it did any."""

    name: str
    pause: float
    do: Callable[[Tx], int]
    is_alone: bool = False
    """Whether one process in the installation does it, once in each `pause`; the others leave it to that one."""
    is_durable: bool = False
    """Whether what it does must survive a loss of power."""
    breath: float = 0.0
    """Seconds between two times while it did any, in which others may write."""


def sealing(told: seals.Told | None = None) -> Chore:
    """Return the chore that seals, so that an event is in the chain within a second or two."""
    return Chore(name="seal the audit trail", pause=1.0, do=partial(seals.seal, told=told))


def renewal(*, tokens: Tokens, clock: Clock) -> Chore:
    """Return the chore that draws a new pepper of risk once a year."""
    return Chore(
        name="renew the pepper of risk",
        pause=600.0,
        do=lambda tx: peppers.renew(tx, tokens=tokens, now=clock.now()),
    )


def recovering(completing: Completing, *, clock: Clock) -> Chore:
    """Return the chore that lets recoveries take effect whose time has come, and tells of it."""
    return Chore(
        name="complete recoveries",
        pause=60.0,
        do=lambda tx: completing.settle_due(tx, clock.now()),
        is_alone=True,
        is_durable=True,
    )


def purging(purge: Callable[[Tx], int]) -> Chore:
    """Return the chore that lets go of what has ended."""
    return Chore(name="purge", pause=600.0, do=purge, is_alone=True, breath=0.05)


def noting(note: Callable[[Tx], int]) -> Chore:
    """Return the chore that notes what was left half-way."""
    return Chore(name="note what was left half-way", pause=60.0, do=note, is_alone=True, breath=0.05)


def spreading(clock: Clock) -> Chore:
    """Return the chore that hands what was sealed to webhooks."""
    return Chore(name="hand events to webhooks", pause=1.0, do=Spreader(clock=clock).spread)


def rotation(rotates: Callable[[Tx], int]) -> Chore:
    """Return the chore that lets the next key sign when its time has come."""
    return Chore(name="rotate keys", pause=600.0, do=rotates, is_alone=True, is_durable=True)


def shortening(database: Database) -> Chore:
    """Return the chore that keeps SQLite's log short, in each process, so that no commit has to."""

    def shorten(_: Tx) -> int:
        database.shorten_log()
        return 0

    return Chore(name="shorten the log", pause=2.0, do=shorten)


class Chores:
    """Does chores in one thread, from `start` until `stop`."""

    def __init__(self, database: OpensTransactions, chores: Sequence[Chore], *, clock: Clock, tokens: Tokens) -> None:
        self._database = database
        self._chores = chores
        self._clock = clock
        self._holder = tokens.new_id()
        self._tokens = tokens
        self._threads: tuple[threading.Thread, ...] = ()
        self._is_over = threading.Event()
        os.register_at_fork(after_in_child=_restarting(weakref.ref(self)))

    def start(self) -> None:
        """Begin; a second time changes nothing. Called after a server has forked."""
        if self._threads:
            return
        self._is_over = threading.Event()
        self._threads = tuple(
            threading.Thread(target=self._run, args=(chore,), name=chore.name, daemon=True) for chore in self._chores
        )
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """End, once what is being done is done."""
        self._is_over.set()
        for thread in self._threads:
            thread.join()
        self._threads = ()

    def restart(self) -> None:
        """Begin again in a forked child: it has no threads of its parent's."""
        self._holder = self._tokens.new_id()
        if self._threads:
            self._threads = ()
            self.start()

    def do(self, chore: Chore) -> int:
        """Do one chore once, and return how much it did; what is in its way now is for the next time."""
        return self._quietly(chore, chore.do, durable=chore.is_durable)

    def may(self, chore: Chore) -> bool:
        """Tell whether this process does the chore now; true for one process in each pause, where one does it alone."""
        return not chore.is_alone or bool(self._quietly(chore, partial(self._take, chore)))

    def _take(self, chore: Chore, tx: Tx) -> int:
        now = self._clock.now()
        # A little less than the pause, so that whoever had it last is not too early for the next time.
        until = now + timedelta(seconds=chore.pause * 0.9)
        return int(leases.take(tx, chore.name, holder=self._holder, now=now, until=until))

    def _quietly(self, chore: Chore, do: Callable[[Tx], int], *, durable: bool = False) -> int:
        try:
            with self._database.transaction(durable=durable) as tx:
                return do(tx)
        except (BusyError, ConflictError):  # somebody else does it at this moment, or has just done it
            return 0
        except Exception as error:  # noqa: BLE001 -- a thread that ended would do nothing until the next start
            _log.error("could not %s: %s", chore.name, type(error).__name__)
            return 0

    def _run(self, chore: Chore) -> None:
        while not self._is_over.wait(chore.pause):
            if self.may(chore):
                while self.do(chore) and not self._is_over.wait(chore.breath):
                    pass


def of(parts: Parts, told: seals.Told | None) -> Chores:
    """Return all chores of a process that serves; `told` is given the names of events as they are sealed."""
    purges = Purging(live=parts.policies.live, clock=parts.clock)
    rotates = Rotation(ring=parts.keys, live=parts.policies.live, clock=parts.clock, every=parts.settings.key_rotation)
    done = (
        sealing(told),
        renewal(tokens=parts.tokens, clock=parts.clock),
        purging(purges.once),
        rotation(rotates.once),
        spreading(parts.clock),
        noting(Abandoning(judge=parts.judge, clock=parts.clock, tokens=parts.tokens).once),
        recovering(parts.judge.completing, clock=parts.clock),
        *((shortening(parts.database),) if parts.database.dialect == "sqlite" else ()),
    )
    return Chores(parts.database, done, clock=parts.clock, tokens=parts.tokens)


def _restarting(chores: "weakref.ref[Chores]") -> Callable[[], None]:
    def restart() -> None:
        found = chores()
        if found is not None:
            found.restart()

    return restart
