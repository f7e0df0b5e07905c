"""What operations cost in processor time, here and in PostgreSQL: `python -m tests.bench.costs`.

For sizing, not for racing: time of the processor says how many cores something takes, whatever else the machine does.
The application runs in this process and is called as a server calls it; what the caller itself does is counted too.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from idp import migrations
from tests.support.afterwards import OFFLINE, introspect, may_refresh, refresh
from tests.support.cluster import Present
from tests.support.postgres import Postgres, programs
from tests.support.provider import Provider, environ_for, populate

TIMES, WARM = 400, 40
_TICK = os.sysconf("SC_CLK_TCK")
DEFAULT_COST = {"IDP_ARGON2": "m=19456,t=2,p=1"}
Operation = Callable[[], object]


def operations(provider: Provider) -> dict[str, Operation]:
    """Return what is measured, each ready to be done again and again."""
    may_refresh(provider, "bank")
    alice, browser = provider.people["alice"], provider.browser()
    tokens = provider.sign_in(browser, provider.bank, alice, scope=OFFLINE)
    held = [str(tokens.reply["refresh_token"])]

    def sign_in() -> None:
        fresh = provider.browser()
        page = alice.identify(fresh, fresh.open(provider.bank.attempt().url))
        assert page.location.startswith(provider.bank.redirect_uri)

    def sign_on() -> None:
        attempt = provider.bank.attempt()
        assert provider.bank.redeem(attempt, provider.bank.code(attempt, browser.get(attempt.url))).status == 200

    def renew() -> None:
        held[0] = refresh(provider.bank, held[0]).json()["refresh_token"]

    def ask() -> None:
        assert introspect(provider.bank, tokens.access_token).json()["active"] is True

    return {"sign-in with a password": sign_in, "single sign-on": sign_on, "refresh": renew, "introspection": ask}


def measured(provider: Provider, outside: Callable[[], float]) -> dict[str, tuple[float, float]]:
    """Return for each operation the milliseconds of processor time it takes here, and outside."""
    migrations.upgrade(provider.database)
    provider.start()
    populate(provider)
    found = {}
    for name, operation in operations(provider).items():
        times = TIMES // 8 if "password" in name else TIMES
        for _ in range(WARM if "password" not in name else 4):
            operation()
        here, there = time.process_time(), outside()
        for _ in range(times):
            operation()
        found[name] = ((time.process_time() - here) * 1000 / times, (outside() - there) * 1000 / times)
    provider.close()
    return found


def of_postgres(folder: Path) -> float:
    """Return the seconds of processor time of every process of the cluster in this folder, ended ones too."""
    (main,) = [
        Path(f"/proc/{line.split()[0]}")
        for line in next(folder.glob("pg-*/data/postmaster.pid")).read_text().splitlines()[:1]
    ]
    total = _seconds(main, with_ended=True)
    for child in (main / "task" / main.name / "children").read_text().split():
        total += _seconds(Path("/proc", child), with_ended=False)
    return total


def _seconds(process: Path, *, with_ended: bool) -> float:
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11 : 15 if with_ended else 13]) / _TICK


def main() -> None:
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    folder.chmod(0o755)
    found = programs()
    if found is None:
        raise SystemExit("PostgreSQL is not installed")
    cluster = Postgres(found, folder)
    cluster.start()
    try:
        sqlite = Provider(environ_for(f"sqlite:///{folder / 'costs.sqlite3'}") | DEFAULT_COST, clock=Present())
        on_sqlite = measured(sqlite, lambda: 0.0)
        url = cluster.create("costs")
        on_postgresql = measured(
            Provider(environ_for(url) | DEFAULT_COST, clock=Present()), lambda: of_postgres(folder)
        )
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print("milliseconds of processor time an operation")
    print(f"{'':<26}{'node, SQLite':>14}{'node, PostgreSQL':>18}{'PostgreSQL itself':>19}")
    for name, (here, _) in on_sqlite.items():
        there, server = on_postgresql[name]
        print(f"{name:<26}{here:>14.2f}{there:>18.2f}{server:>19.2f}")


if __name__ == "__main__":
    main()
