"""Running the replays that were asked for, one at a time, beside the requests.

Whichever process claims a replay runs it, says twice a second how far it has come, and so keeps its claim; when it
dies, the claim lapses and another begins anew. A replay that is thrown away meanwhile is noticed at the next word.
"""

import logging
import threading
from datetime import timedelta
from time import monotonic

from idp.admin.policies.replaying import replayed
from idp.admin.policies.replays.service import report_of
from idp.core.assurance import TraitsTable
from idp.core.clock import Clock
from idp.core.errors import BusyError
from idp.core.tokens import Tokens
from idp.login.policies import Policies
from idp.policy.language import Bundle
from idp.policy.loader import load_text
from idp.policy.replay import Tally
from idp.records.bundles.replays import store as replays
from idp.records.bundles.replays.model import Job, Report
from idp.records.decisions import store as decisions
from idp.storage.engine import Database

CLAIM = timedelta(minutes=1)
_PAUSE = 0.5
"""Seconds between two words of how far it has come."""
_LOG = logging.getLogger(__name__)


class _HaltedError(Exception):
    """The process ends: another may take it up."""


class _GoneError(Exception):
    """It was thrown away, or is somebody else's by now."""


class Replayer:
    """Runs replays."""

    channel = "replays"

    def __init__(
        self, *, policies: Policies, database: Database, clock: Clock, tokens: Tokens, processes: int = 0
    ) -> None:
        """`processes`: 0 for as many as a replay is worth."""
        self._policies = policies
        self._database = database
        self._clock = clock
        self._tokens = tokens
        self._processes = processes
        self._is_over = threading.Event()

    def halt(self) -> None:
        """Leave what is being run to another process."""
        self._is_over.set()

    def work(self) -> int:
        """Run what was asked for; return how many were run."""
        run = 0
        while self.work_once():
            run += 1
        return run

    def work_once(self) -> bool:
        """Run one; false when there is none, or this process ends."""
        job = self._claimed()
        if job is None:
            return False
        try:
            self._settle(job, self._tally(job), failure="")
        except (_HaltedError, BusyError):
            with self._database.transaction() as tx:
                replays.let_go(tx, job)
            return False
        except _GoneError:
            return True
        except Exception as error:  # noqa: BLE001 -- it is told on the page that it failed; nobody else would look
            if self._is_ending():
                return False
            _LOG.exception("the replay %s failed", job.id)
            self._settle(job, Tally(), failure=type(error).__name__)
        return True

    def _claimed(self) -> Job | None:
        now = self._clock.now()
        try:
            with self._database.transaction() as tx:
                return replays.claim(tx, self._tokens.new_id(), now=now, until=now + CLAIM)
        except BusyError:
            return None

    def _tally(self, job: Job) -> Tally:
        before, after = (self._bundle(text) for text in (job.before_text, job.after_text))
        with self._database.transaction() as tx:
            said = _Said(self, job, total=decisions.count_past(tx, since=job.since, until=job.until))
            said.more(0)
            return replayed(
                tx, before, after, since=job.since, until=job.until, processes=self._processes, progress=said.more
            )

    def say(self, job: Job, *, done: int, total: int) -> None:
        """Say how far it has come. Raises what ends it."""
        if self._is_ending():
            raise _HaltedError
        with self._database.transaction() as tx:
            if not replays.move_on(tx, job, done=done, total=total, until=self._clock.now() + CLAIM):
                raise _GoneError

    def _settle(self, job: Job, tally: Tally, *, failure: str) -> None:
        report = Report() if failure else report_of(tally)
        with self._database.transaction() as tx:
            replays.finish(tx, job, report, now=self._clock.now(), failure=failure)

    def _bundle(self, text: str) -> Bundle:
        traits: TraitsTable = self._policies.traits
        return self._policies.here(load_text(text, traits=traits))

    def _is_ending(self) -> bool:
        return self._is_over.is_set() or not threading.main_thread().is_alive()


class _Said:
    """What has been said of one replay."""

    def __init__(self, replayer: Replayer, job: Job, *, total: int) -> None:
        self._replayer = replayer
        self._job = job
        self._total = total
        self._done = 0
        self._next = 0.0

    def more(self, records: int) -> None:
        """Count records that have been judged, and say so now and then."""
        self._done += records
        if monotonic() >= self._next:
            self._next = monotonic() + _PAUSE
            self._replayer.say(self._job, done=self._done, total=self._total)
