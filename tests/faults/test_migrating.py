"""Tables that change under people and under a program that is running: nobody loses anything, whatever happens."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import inspect

from idp import migrations
from idp.core.secrets import SecretKeys
from idp.storage.engine import Database
from tests.support.afterwards import may_refresh, refresh
from tests.support.cluster import Present
from tests.support.database import fresh_database
from tests.support.earlier import OLDEST, Survivor, plant, revisions, upgrade_to
from tests.support.mortal import mortals
from tests.support.postgres import Postgres
from tests.support.provider import KEY, Provider, environ_for, populate

PEOPLE = 300
MOMENTS = 3
"""At how many moments it is killed, unless `--kills` says more."""
MFA = "urn:idp:acr:mfa"


def database_at(url: str) -> Database:
    return Database.open(url, keys=SecretKeys([KEY]))


class Past:
    """A database as the oldest version left it, with people; it can be had again and again."""

    def __init__(self, url: str, survivors: list[Survivor], copy: Callable[[], None]) -> None:
        self.url = url
        self.survivors = survivors
        self.bring_back = copy


@pytest.fixture(params=["sqlite", "postgresql"])
def past(request: pytest.FixtureRequest) -> Iterator[Past]:
    """People as the oldest version knew them, on each database."""
    with ExitStack() as stack:
        original, url = (
            stack.enter_context(fresh_database(request, request.param, is_migrated=False)) for _ in range(2)
        )
        database = database_at(original)
        upgrade_to(database, OLDEST)
        survivors = plant(database, PEOPLE)
        database.close()
        names = urlsplit(original).path[1:], urlsplit(url).path[1:]
        copies = _copy_file if request.param == "sqlite" else _copy_in(request.getfixturevalue("postgres"))
        yield Past(url, survivors, lambda: copies(*names))


def _copy_file(original: str, name: str) -> None:
    for left in ("-wal", "-shm"):
        Path(name + left).unlink(missing_ok=True)
    shutil.copyfile(original, name)


def _copy_in(cluster: Postgres) -> Callable[[str, str], None]:
    def copy(original: str, name: str) -> None:
        cluster.drop(name)
        cluster.create(name, template=original)

    return copy


def assert_nobody_lost(past: Past) -> None:
    """Start the program on what is there now, and let those who were there before come back."""
    provider = Provider(environ_for(past.url), clock=Present())
    try:
        assert migrations.check(provider.database) == []
        assert provider.count("users") == PEOPLE
        assert provider.count("credentials") == 2 * PEOPLE
        provider.start()
        populate(provider)
        may_refresh(provider, "bank")
        for survivor in past.survivors:
            tokens = provider.sign_in(provider.browser(), provider.bank, survivor.person, acr_values=MFA)
            assert tokens.amr == {"pwd", "otp", "mfa"}, "the sealed seed opens, and nothing let them off"
            assert refresh(provider.bank, survivor.refresh_token).status == 200
    finally:
        provider.close()


def test_flt_36_killed_over_a_migration(past: Past, request: pytest.FixtureRequest) -> None:
    """FLT-36: killed at any moment, tables are the old or the new ones, and the next try brings everybody over."""
    moments = max(MOMENTS, request.config.getoption("--kills"))
    with mortals(environ_for(past.url)) as dying:
        past.bring_back()
        whole = dying.run("db", "upgrade")
        assert (whole.code, whole.steps > moments) == (0, True)
        assert_nobody_lost(past)
        for moment in [1 + whole.steps * number // moments for number in range(moments)] + [whole.steps]:
            past.bring_back()
            assert dying.run("db", "upgrade", dies_before=moment).is_killed
            database = database_at(past.url)
            assert all(f"at version {OLDEST}" in each for each in migrations.check(database)), "half-way between"
            database.close()
            assert dying.run("db", "upgrade").code == 0
        assert_nobody_lost(past)


def test_flt_36_program_of_before_goes_on_writing(request: pytest.FixtureRequest) -> None:
    """FLT-36: two versions at once: every table takes the rows that any earlier program writes."""
    with fresh_database(request, "sqlite", is_migrated=False) as url:
        database = database_at(url)
        seen: dict[str, dict[str, set[str]]] = {}
        for revision in revisions():
            upgrade_to(database, revision)
            seen[revision] = {table: set(columns) for table, columns in columns_of(database).items()}
        now = columns_of(database)
        for revision, tables in seen.items():
            for table, before in tables.items():
                assert before <= set(now[table]), f"the program of {revision} writes {table} columns that are gone"
                new = [name for name, may_be_left_out in now[table].items() if not may_be_left_out]
                assert set(new) <= before, f"the program of {revision} does not fill these columns of {table}"
        database.close()


def columns_of(database: Database) -> dict[str, dict[str, bool]]:
    """Return for each table its columns, and whether a row may come without each."""
    with database.engine().connect() as connection:
        found = inspect(connection)
        return {
            table: {each["name"]: each["nullable"] or each["default"] is not None for each in found.get_columns(table)}
            for table in found.get_table_names()
        }
