"""The schema and its history: forward, with data, all or nothing.

`upgrade` brings a database to this version's schema, `check` tells how one differs from it. A schema that is not ours,
is newer, or was left half-made is refused rather than guessed at. Alembic keeps the history; it needs no file beside
this package.
"""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from idp.core.errors import ConfigError, Problem
from idp.migrations.tables import all_tables
from idp.storage.engine import Database

_VERSION_TABLE = "alembic_version"
_UPGRADE_LOCK = 0x1D9_5C4E3A
"""The PostgreSQL advisory lock that two upgrades at once queue for."""


def upgrade(database: Database) -> None:
    """Bring the tables to this version's schema. Raises ConfigError on a schema it cannot start from.

    SQLite would commit before each DDL statement on its own; within BEGIN IMMEDIATE, opened by hand, all of it is
    undone when one revision fails.
    """
    with database.engine().connect() as connection:
        begin = "BEGIN IMMEDIATE" if database.dialect == "sqlite" else "BEGIN"
        connection.exec_driver_sql(begin)
        try:
            if database.dialect == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _UPGRADE_LOCK})
            obstacle = _obstacle(connection)
            if obstacle:
                raise ConfigError([Problem(obstacle)])
            command.upgrade(_config(connection), "head")
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def check(database: Database) -> list[str]:
    """Return how the database differs from this version's schema; nothing when they agree."""
    with database.engine().connect() as connection:
        obstacle = _obstacle(connection)
        if obstacle:
            return [obstacle]
        if _version(connection) != _head():
            return [f"the tables are at version {_version(connection) or 'none'}, this program needs {_head()}"]
        context = MigrationContext.configure(connection)
        return [_in_words(difference) for difference in compare_metadata(context, all_tables())]


def _obstacle(connection: Connection) -> str:
    """Return why no migration can start from here, or ''."""
    version = _version(connection)
    if version is None:
        found = sorted(set(inspect(connection).get_table_names()) & set(all_tables().tables))
        return f"there are tables ({', '.join(found)}) but no record of their version" if found else ""
    if version not in {script.revision for script in _scripts().walk_revisions()}:
        return f"the tables are at version {version}, which this program does not know: it is older than they are"
    return ""


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {_VERSION_TABLE}")).scalar()  # noqa: S608 - a constant


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _head() -> str | None:
    return _scripts().get_current_head()


def _in_words(difference: Any) -> str:
    """Return one of Alembic's differences as text: `add_table sessions`, `modify_nullable users.email`."""
    if isinstance(difference, list):
        return "; ".join(_in_words(each) for each in difference)
    verb, *what = difference
    names = [str(getattr(each, "name", each)) for each in what if isinstance(each, str) or hasattr(each, "name")]
    return f"the schema differs: {verb} {'.'.join(names)}"
