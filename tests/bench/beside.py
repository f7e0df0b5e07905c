"""`python -m tests.bench.beside`: what `/token` keeps of its rate beside eight people who sign in (performance.md §1).

Two worker processes, SQLite, passwords hashed as in production; codes are redeemed with and without the crowd, in
turns, and the medians are compared. Machines, people and servers share all cores, as on one small host.
"""

import os
import shutil
import tempfile
from pathlib import Path
from statistics import median

from idp import migrations
from tests.support.cluster import Cluster, Present
from tests.support.provider import Provider, environ_for, populate
from tests.support.rush import DEFAULT_COST, PEOPLE, Crowd, Redeemer, plant_codes
from tests.support.workers import free_port, served

ROUNDS, WINDOW = 5, 1.5
CODES = 40_000
GATE = 1 / 3


def main() -> None:
    """Print both rates and their ratio."""
    folder = Path(tempfile.mkdtemp())
    environ = environ_for(f"sqlite:///{folder / 'beside.sqlite3'}", issuer=f"http://127.0.0.1:{free_port()}")
    provider = Provider(environ | DEFAULT_COST, clock=Present())
    try:
        migrations.upgrade(provider.database)
        provider.start()
        populate(provider)
        for number in range(PEOPLE):
            provider.add_person(f"racer{number}")
        with served(environ | DEFAULT_COST, workers=2, folder=folder) as running:
            _measure(Cluster(running, provider))
    finally:
        provider.close()
        shutil.rmtree(folder)


def _measure(two: Cluster) -> None:
    redeemer, crowd = Redeemer(two, plant_codes(two, CODES)), Crowd(two)
    redeemer.redeem(seconds=WINDOW)
    alone, beside = [], []
    for _ in range(ROUNDS):
        crowd.admit(False)
        alone.append(redeemer.redeem(seconds=WINDOW) / WINDOW)
        crowd.admit(True)
        beside.append(redeemer.redeem(seconds=WINDOW) / WINDOW)
    answers = crowd.end()
    kept = median(beside) / median(alone)
    print(f"codes a second, medians of {ROUNDS}: {median(alone):.0f} alone, {median(beside):.0f} beside people")
    signed_in, later = answers.get("303", 0), answers.get("503", 0)
    print(f"{signed_in} signed in, {later} were told to come again; load average {os.getloadavg()[0]:.1f}")
    print(f"kept {kept:.2f}, goal {GATE:.2f}: {'passed' if kept >= GATE else 'MISSED'}")


if __name__ == "__main__":
    main()
