"""Months of mixed load in one process, compressed by its clock: no error, memory flat, tables bounded by purge.

People sign in with and without a second step, applications redeem, refresh, ask about and give back tokens; every
answer is checked. The clock moves on with the sign-ins, and what `idp purge` does is done once a day. Half of the run
is for getting warm: what counts is that the last quarter adds nothing to the one before.
"""

import argparse
import gc
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from idp import migrations
from idp.app.purging import BATCH, purgers
from idp.cli.installation import Installation
from idp.cli.policies import live
from idp.core.tokens import SystemTokens
from idp.migrations.tables import all_tables
from tests.support.afterwards import OFFLINE, introspect, may_refresh, refresh, revoke
from tests.support.clock import FixedClock
from tests.support.person import Person
from tests.support.postgres import Postgres, programs
from tests.support.provider import Provider, environ_for, populate

SPAN = timedelta(days=400)
"""What passes in a run: longer than anything is kept."""
PEOPLE = 200
THREADS, AT_ONCE = 4, 8
"""People who sign in beside each other, and how many before the clock moves."""
SAMPLES = 20
MFA = "urn:idp:acr:mfa"
KEPT = frozenset({"audit_events", "audit_seals"})
"""What nothing is taken from."""


@dataclass(frozen=True)
class Sample:
    """How things stood at one moment."""

    sign_ins: int
    memory: float
    """MiB of this process."""
    rows: Mapping[str, int]


class Soak:
    """One run."""

    def __init__(self, provider: Provider, *, sign_ins: int, tokens: int) -> None:
        self._provider = provider
        self._clock = provider.clock
        self._sign_ins, self._refreshes = sign_ins, max(1, tokens // sign_ins // 2 - 1)
        self._step = SPAN / sign_ins
        self._lock = threading.Lock()
        self._next_purge = self._clock.now() + timedelta(days=1)
        self._next_sample = sign_ins / SAMPLES
        self.tokens = 0
        self.done = 0
        self.failures: list[str] = []
        self.samples: list[Sample] = []
        self._people = [provider.add_person(f"soak{number}", has_totp=True) for number in range(PEOPLE)]
        may_refresh(provider, "bank")

    def run(self) -> None:
        """Go on until all sign-ins are made, or one has failed: some at once, then time passes, and so on."""
        with ThreadPoolExecutor(THREADS) as pool:
            for first in range(0, self._sign_ins, AT_ONCE):
                numbers = range(first, min(self._sign_ins, first + AT_ONCE))
                list(pool.map(self._tried, numbers))
                if self.failures:
                    return
                self._pass(len(numbers))

    def _tried(self, number: int) -> None:
        try:
            self._once(self._people[number % PEOPLE], is_second_step_asked=number % 3 == 0)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is what the run was for
            self.failures.append(f"sign-in {number}: {error!r}")

    def _once(self, person: Person, *, is_second_step_asked: bool) -> None:
        """Sign in, use tokens, and leave; every third with a code."""
        provider, browser = self._provider, self._provider.browser()
        wanted = {"acr_values": MFA} if is_second_step_asked else {}
        tokens = provider.sign_in(browser, provider.bank, person, scope=OFFLINE, **wanted)
        token, access = str(tokens.reply["refresh_token"]), tokens.access_token
        for _ in range(self._refreshes):
            answer = refresh(provider.bank, token)
            assert answer.status == 200, answer
            token, access = answer.json()["refresh_token"], answer.json()["access_token"]
        assert introspect(provider.bank, access).json()["active"] is True
        assert provider.bank.userinfo(access).status == 200
        assert "code" in browser.get(provider.bank.attempt().url).answer, "single sign-on"
        assert revoke(provider.bank, token).status == 200
        assert introspect(provider.bank, access).json()["active"] is False
        with self._lock:
            self.tokens += 2 + 2 * self._refreshes
            self.done += 1

    def _pass(self, sign_ins: int) -> None:
        """Let time pass; once a day purge, and twenty times in a run look how things stand."""
        self._provider.advance(self._step.total_seconds() * sign_ins)
        if self._clock.now() >= self._next_purge:
            self._next_purge = self._clock.now() + timedelta(days=1)
            self._purge()
        if self.done >= self._next_sample:
            self._next_sample += self._sign_ins / SAMPLES
            self.samples.append(self._sample())
            print(self._line(self.samples[-1]), flush=True)

    def _purge(self) -> None:
        provider = self._provider
        here = Installation(
            settings=provider.settings, database=provider.database, clock=self._clock, tokens=SystemTokens()
        )
        with provider.database.transaction() as tx:
            bundle = live(here, tx)
        for each in purgers(bundle):
            count, before = BATCH, self._clock.now() - each.keep
            while count >= BATCH:
                with provider.database.transaction() as tx:
                    count = each.purge(tx, before, limit=BATCH)

    def _sample(self) -> Sample:
        gc.collect()
        rows = {table: self._provider.count(f'"{table}"') for table in all_tables().tables}
        return Sample(self.done, _memory(), {table: count for table, count in rows.items() if count})

    @staticmethod
    def _line(sample: Sample) -> str:
        shown = " ".join(f"{table}={count}" for table, count in sorted(sample.rows.items()) if count > PEOPLE)
        return f"{sample.sign_ins:>8} sign-ins  {sample.memory:7.1f} MiB  {shown}"


def judged(soak: Soak) -> Iterator[str]:
    """Yield what is wrong: an error, memory that grows, a table that does; the third quarter beside the fourth."""
    yield from soak.failures
    quarter = len(soak.samples) // 4
    if quarter < 2:
        yield "too short to say anything"
        return
    third, fourth = soak.samples[-2 * quarter : -quarter], soak.samples[-quarter:]
    grown = max(each.memory for each in fourth) - max(each.memory for each in third)
    if grown > 10:
        yield f"memory grew by {grown:.1f} MiB in the last quarter"
    for table in sorted({table for each in fourth for table in each.rows} - KEPT):
        # Beside all that went before: what is let go in batches swings, and may stand low for a quarter.
        before, after = (max(each.rows.get(table, 0) for each in part) for part in (soak.samples[:-quarter], fourth))
        if after > 1.25 * before + PEOPLE:
            yield f"{table} grew from {before} to {after} rows in the last quarter"


def _memory() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


@contextmanager
def database(dialect: str) -> Iterator[str]:
    """Give the address of an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="soak-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    folder.chmod(0o755)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if dialect == "sqlite":
            yield f"sqlite:///{folder / 'soak.sqlite3'}"
            return
        found = programs()
        assert found is not None, "PostgreSQL is not installed"
        cluster = Postgres(found, folder)
        cluster.start()
        stack.callback(cluster.stop)
        yield cluster.create("soak")


def main() -> int:
    """Run it; return 1 when something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--sign-ins", type=int, default=50_000)
    parser.add_argument("--tokens", type=int, default=1_000_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    with database(asked.database) as url:
        provider = Provider(environ_for(url), clock=FixedClock())
        migrations.upgrade(provider.database)
        provider.start()
        populate(provider)
        soak, began = Soak(provider, sign_ins=asked.sign_ins, tokens=asked.tokens), time.monotonic()
        soak.run()
        seconds = time.monotonic() - began
        provider.close()
    print(f"{soak.done} sign-ins, {soak.tokens} tokens in {seconds:.0f} s; {SPAN.days} days passed on its clock")
    wrong = list(judged(soak))
    for each in wrong:
        print(f"soak: {each}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
