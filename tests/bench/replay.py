"""How long a replay takes over a million recorded decisions: `python -m tests.bench.replay [--records COUNT]`.

The goal is a minute on two cores. The records lie in an SQLite file of their own; making them is not counted. A hundred
thousand of them are drawn, and kept as often as it takes. `--larger` replays between two policies of 60 rules; `--runs`
replays several times and tells the quickest. Beside the time stand what all processes used of the processor, and the
most memory that any of them held.
"""

import resource
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import click

from idp import migrations
from idp.admin.policies.replaying import replayed
from idp.core.assurance import traits_table
from idp.policy.language import Bundle
from idp.policy.loader import load_text
from idp.policy.trial import NOW
from idp.storage.engine import Database
from tests.policy.histories import a_history
from tests.support.database import secret_keys
from tests.support.past import remember, repeat

DEFAULT = Path("policies/default.yaml").read_text()
STRICTER = DEFAULT.replace("    unless: {device.trusted: {eq: true}}\n", "").replace("max_age: 5m}}", "max_age: 3m}}")
DRAWN = 100_000


def larger(text: str, amount: int) -> str:
    """Return a policy with 60 rules more, of two to four tests each, over amounts, ages, groups and networks."""
    rules = "".join(
        f"  - id: more-{number}\n"
        f"    if: {{all: [{{request.amount: {{gt: {amount + 30 * number}}}}}, {{user.age: {{lt: {number + 1}d}}}},"
        f" {{net.ip: {{within: [198.51.100.{number}/32]}}}}, {{user.groups: {{contains_any: [g{number}, staff]}}}}]}}\n"
        f"    require: {{max_age: {number + 2}m}}\n"
        for number in range(60)
    )
    return text.replace("\ntests:", f"\n{rules}\ntests:", 1)


@click.command()
@click.option("--records", default=1_000_000, show_default=True)
@click.option("--processes", default=0, help="0: as many as there are cores.")
@click.option("--runs", default=3, show_default=True)
@click.option("--larger", "is_larger", is_flag=True, help="Policies of 60 rules more.")
def main(records: int, processes: int, runs: int, is_larger: bool) -> None:
    """Replay a draft over generated records."""
    texts = (larger(DEFAULT, 500), larger(STRICTER, 400)) if is_larger else (DEFAULT, STRICTER)
    live, draft = (load_text(text, traits=traits_table()) for text in texts)
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{folder}/replay.sqlite3", keys=secret_keys())
        migrations.upgrade(database)
        drawn = min(records, DRAWN)
        remember(database, a_history(load_text(DEFAULT, traits=traits_table()), drawn))
        if records > drawn:
            repeat(database, records // drawn)
        for _ in range(runs):
            _show(database, live, draft, processes)
        database.close()


def _show(database: Database, live: Bundle, draft: Bundle, processes: int) -> None:
    used, begun = _used(), time.perf_counter()
    with database.transaction() as tx:
        tally = replayed(tx, live, draft, since=NOW, until=NOW + timedelta(days=60), processes=processes)
    took, used = time.perf_counter() - begun, _used() - used
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) // 1024
    sys.stdout.write(
        f"{tally.records:,} records in {took:.1f} s, {tally.records / took:,.0f} a second,"
        f" {used:.1f} s of the processor; a process held {peak} MiB at most; {dict(tally.effects)}\n"
    )


def _used() -> float:
    """Return the seconds of processor that this process and those it has started have used."""
    spent = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in spent)


if __name__ == "__main__":
    main()
