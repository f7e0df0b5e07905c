from collections.abc import Callable

import pytest
from sqlalchemy import text

from idp import migrations
from idp.core.errors import ConfigError
from idp.storage.engine import Database

Open = Callable[[str], Database]


def run(database: Database, statement: str) -> None:
    with database.engine().connect() as connection:
        connection.execute(text(statement))


def tables(database: Database) -> set[str]:
    listing = (
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        if database.dialect == "sqlite"
        else "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    with database.engine().connect() as connection:
        return set(connection.execute(text(listing)).scalars())


def test_upgrade_makes_exactly_what_the_stores_declare(database: Database) -> None:
    """The schema that the revisions make is the one that the stores declare."""
    assert migrations.check(database) == []


def test_upgrade_changes_nothing_the_second_time(database: Database) -> None:
    """Upgrading is repeatable."""
    migrations.upgrade(database)
    assert migrations.check(database) == []


def test_check_names_the_version_of_an_empty_database(empty_url: str, open_database: Open) -> None:
    """An empty database is told apart from one that is up to date."""
    (problem,) = migrations.check(open_database(empty_url))
    assert "version none" in problem


def test_check_names_a_difference(database: Database) -> None:
    """A schema that was changed by hand is reported by table and column."""
    run(database, "ALTER TABLE users ADD COLUMN shoe_size INTEGER")
    (problem,) = migrations.check(database)
    assert "users" in problem
    assert "shoe_size" in problem


@pytest.mark.parametrize(
    "spoil",
    ["DROP TABLE alembic_version", "UPDATE alembic_version SET version_num = '9999'"],
    ids=["partial", "newer"],
)
def test_upgrade_refuses_a_schema_it_does_not_know(database: Database, spoil: str) -> None:
    """A partial or a newer schema is refused and left as it is."""
    run(database, spoil)
    before = tables(database)
    assert len(migrations.check(database)) == 1
    with pytest.raises(ConfigError):
        migrations.upgrade(database)
    assert tables(database) == before


def test_upgrade_undoes_everything_when_a_revision_fails(empty_url: str, open_database: Open) -> None:
    """A revision that fails half-way leaves nothing behind, on SQLite too."""
    database = open_database(empty_url)
    run(database, "CREATE VIEW outbox AS SELECT 1")  # the second revision will not get past this
    with pytest.raises(Exception, match="outbox"):
        migrations.upgrade(database)
    assert tables(database) == set()
