"""How long a replay takes over a million generated records: `python -m tests.bench.replay [COUNT] [PROCESSES]`.

The goal is a minute on two cores. The records lie in an SQLite file of their own; making them is not counted.
"""

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from idp import migrations
from idp.admin.policies.replaying import replayed
from idp.core.assurance import traits_table
from idp.policy.loader import load_text
from idp.policy.trial import NOW
from idp.storage.engine import Database
from tests.policy.histories import a_history
from tests.support.database import secret_keys
from tests.support.past import remember

POLICY = Path("policies/default.yaml").read_text()
DRAFT = POLICY.replace("    unless: {device.trusted: {eq: true}}\n", "").replace("max_age: 5m}}", "max_age: 3m}}")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    processes = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    with tempfile.TemporaryDirectory() as folder:
        database = Database.open(f"sqlite:///{folder}/replay.sqlite3", keys=secret_keys())
        migrations.upgrade(database)
        remember(database, a_history(load_text(POLICY, traits=traits_table()), count))
        live, draft = (load_text(text, traits=traits_table()) for text in (POLICY, DRAFT))
        with database.transaction() as tx:
            begun = time.perf_counter()
            tally = replayed(
                tx, live, draft, since=NOW, until=NOW + timedelta(days=60), processes=processes, progress=None
            )
            took = time.perf_counter() - begun
        database.close()
    print(f"{tally.records} records in {took:.1f} s: {tally.records / took:,.0f} a second; {dict(tally.effects)}")


if __name__ == "__main__":
    main()
