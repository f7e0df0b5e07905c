"""What people, sign-ins and tokens take up in the database: `python -m tests.bench.sizes`.

People are planted, then many sign in through the front door; each table is measured with its indexes.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, text

from idp import migrations
from idp.storage.engine import Database
from tests.support.afterwards import OFFLINE, may_refresh
from tests.support.cluster import Present
from tests.support.earlier import plant
from tests.support.postgres import Postgres, programs
from tests.support.provider import Provider, environ_for, populate

PEOPLE, SIGN_INS = 5_000, 400
Sizes = Mapping[str, tuple[int, float]]
"""For each table its rows, and what one takes up."""

_SQLITE = """
SELECT m.tbl_name, sum(s.pgsize) FROM dbstat AS s JOIN sqlite_master AS m ON m.name = s.name GROUP BY m.tbl_name
"""
_POSTGRESQL = "SELECT relname, pg_total_relation_size(relid) FROM pg_stat_user_tables"


def measured(url: str) -> Sizes:
    """Fill the database and measure it."""
    provider = Provider(environ_for(url), clock=Present())
    migrations.upgrade(provider.database)
    provider.start()
    populate(provider)
    may_refresh(provider, "bank")
    survivors = plant(provider.database, PEOPLE, shown=SIGN_INS)
    for survivor in survivors:
        provider.sign_in(provider.browser(), provider.bank, survivor.person, scope=OFFLINE)
    sizes = _sizes(provider.database)
    provider.close()
    return sizes


def _sizes(database: Database) -> Sizes:
    with database.engine().connect() as connection:
        connection.execute(text("VACUUM" if database.dialect == "sqlite" else "VACUUM FULL"))
        found = connection.execute(text(_SQLITE if database.dialect == "sqlite" else _POSTGRESQL)).all()
        counted = {str(table): (_count(connection, table), int(size)) for table, size in found}
    return {table: (rows, size / rows) for table, (rows, size) in counted.items() if rows >= SIGN_INS}


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar() or 0)


def main() -> None:
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    folder.chmod(0o755)
    try:
        on_sqlite = measured(f"sqlite:///{folder / 'sizes.sqlite3'}")
        found = programs()
        if found is None:
            raise SystemExit("PostgreSQL is not installed")
        cluster = Postgres(found, folder)
        cluster.start()
        try:
            on_postgresql = measured(cluster.create("sizes"))
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{PEOPLE} people, {SIGN_INS} sign-ins; bytes a row with its indexes")
    print(f"{'table':<24}{'rows':>8}{'SQLite':>10}{'PostgreSQL':>12}")
    for table in sorted(on_sqlite):
        rows, size = on_sqlite[table]
        print(f"{table:<24}{rows:>8}{size:>10.0f}{on_postgresql.get(table, (0, 0.0))[1]:>12.0f}")


if __name__ == "__main__":
    main()
