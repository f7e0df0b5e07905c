"""A fresh, migrated database for each test that asks for one, on each dialect that was asked for (`--database`).

SQLite: a copy of a migrated file, in memory-backed storage where there is one. PostgreSQL: a database made from a
migrated template in a cluster of the tests' own. Both are migrated once a session.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from idp import migrations
from idp.core.secrets import SecretKeys
from idp.storage.engine import Database
from tests.support.postgres import Postgres, programs

DIALECTS = ("sqlite", "postgresql")
KEY = "a key of the tests, for nothing else"

_numbers = itertools.count()


def secret_keys() -> SecretKeys:
    return SecretKeys([KEY])


def opened(url: str) -> Database:
    return Database.open(url, keys=secret_keys())


def migrated(url: str) -> str:
    database = opened(url)
    migrations.upgrade(database)
    database.close()
    return url


def memory_folder() -> Path:
    """Return a new folder, in memory where the machine offers it."""
    shared = Path("/dev/shm")
    return Path(tempfile.mkdtemp(prefix="idp-tests-", dir=shared if os.access(shared, os.W_OK) else None))


@pytest.fixture(scope="session")
def session_folder() -> Iterator[Path]:
    folder = memory_folder()
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def sqlite_template(session_folder: Path) -> Path:
    file = session_folder / "template.sqlite3"
    migrated(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def postgres(session_folder: Path) -> Iterator[Postgres]:
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed")
    cluster = Postgres(found, session_folder)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def postgres_template(postgres: Postgres) -> str:
    migrated(postgres.create("template_idp"))
    return "template_idp"


@pytest.fixture
def empty_url(dialect: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database without tables."""
    with fresh_database(request, dialect, is_migrated=False) as url:
        yield url


@pytest.fixture
def database_url(dialect: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a migrated database without rows."""
    with fresh_database(request, dialect) as url:
        yield url


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """Opens databases that are closed with the test."""
    databases: list[Database] = []

    def open_(url: str) -> Database:
        databases.append(opened(url))
        return databases[-1]

    yield open_
    for database in databases:
        database.close()


@pytest.fixture
def database(database_url: str, open_database: Callable[[str], Database]) -> Database:
    """A migrated database without rows."""
    return open_database(database_url)


@contextmanager
def fresh_database(
    request: pytest.FixtureRequest, dialect: str, *, folder: Path | None = None, is_migrated: bool = True
) -> Iterator[str]:
    """Make a database for a test, or for a module of them, and give its address; SQLite's file lies in `folder`."""
    name = f"test_{next(_numbers)}"
    if dialect == "sqlite":
        place = Path(tempfile.mkdtemp(prefix=name, dir=folder or request.getfixturevalue("session_folder")))
        if is_migrated:
            shutil.copyfile(request.getfixturevalue("sqlite_template"), place / "idp.sqlite3")
        try:
            yield f"sqlite:///{place / 'idp.sqlite3'}"
        finally:
            shutil.rmtree(place, ignore_errors=True)
    else:
        template = request.getfixturevalue("postgres_template") if is_migrated else "template0"
        cluster: Postgres = request.getfixturevalue("postgres")
        try:
            yield cluster.create(name, template=template)
        finally:
            cluster.drop(name)
