"""Telling a syslog server of everything that is sealed, in the order of the seals, from where it was left.

One process at a time does it, by a lease; how far it has come is written down after a portion was read by the server,
by one conditional write. Whoever dies between the two has its last portion told again: nothing is missed, and what
comes twice has the same `sequenceId`. A server that fails is left alone for ever longer, at most a minute.
"""

import logging
from datetime import timedelta
from urllib.parse import urlsplit

from idp.core.clock import Clock
from idp.core.errors import BusyError
from idp.core.tokens import Tokens
from idp.delivery.syslog.carrier import SyslogServer
from idp.delivery.syslog.message import message
from idp.records.audit.followers import store as followers
from idp.records.audit.followers.model import Follower
from idp.records.audit.seals import store as seals
from idp.storage import leases
from idp.storage.engine import Database

NAME = "syslog"
AT_ONCE = 500
"""Events in a portion."""
_CLAIM = timedelta(minutes=1)
"""How long a process holds the task at a time: longer than a portion takes, retries of its steps included."""
_LONGEST_REST = timedelta(minutes=1)
_TASK = f"follow the trail: {NAME}"
_LOG = logging.getLogger(__name__)


class SyslogFollower:
    """Follows the trail for one syslog server."""

    channel = NAME

    def __init__(self, server: SyslogServer, *, issuer: str, database: Database, clock: Clock, tokens: Tokens) -> None:
        self._server = server
        self._host = urlsplit(issuer).hostname or "-"
        self._database = database
        self._clock = clock
        self._holder = tokens.new_id()

    def work(self) -> int:
        """Tell of everything that is sealed; return how many portions that took."""
        portions = 0
        while self.work_once():
            portions += 1
        return portions

    def work_once(self) -> bool:
        """Tell of one portion; false when there is nothing to tell, or nobody to tell it to."""
        try:
            found = self._next()
        except BusyError:
            return False
        if found is None:
            return False
        follower, messages, upto = found
        try:
            self._server.carry(messages)
        except OSError as error:
            self._rest(follower, type(error).__name__)
            return False
        with self._database.transaction(durable=True) as tx:
            return followers.move_on(tx, follower, upto=upto)

    def _next(self) -> tuple[Follower, list[bytes], int] | None:
        """Return what is to be told, once it is this process that tells it; None: nothing, or another does."""
        now = self._clock.now()
        with self._database.transaction() as tx:
            follower = followers.get(tx, NAME) or followers.begin(tx, NAME)
            if follower.rests_until is not None and follower.rests_until > now:
                return None
            # Read first: while there is nothing to tell, nothing is written either.
            found = seals.list_seals(tx, after=follower.seal, limit=AT_ONCE)
            if not found or not leases.take(tx, _TASK, holder=self._holder, now=now, until=now + _CLAIM):
                return None
        messages = [message(seal, entry, host=self._host) for seal, entry in found]
        return follower, messages, found[-1][0].number

    def _rest(self, follower: Follower, reason: str) -> None:
        rest = min(timedelta(seconds=2 ** min(follower.failures, 6)), _LONGEST_REST)
        _LOG.warning("the syslog server was not told: %s; it is tried again in %d s", reason, rest.total_seconds())
        with self._database.transaction() as tx:
            followers.fail(tx, follower, reason=reason, rests_until=self._clock.now() + rest)
