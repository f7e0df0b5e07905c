"""Options of the whole suite, and the fixtures that every folder may ask for."""

import os
from collections.abc import Iterator

import pytest

from tests.support.provider import SHARED_REDIS
from tests.support.redis import redis_server
from tests.support.remembered import keep_what_is_there, remember

pytest_plugins = ["tests.support.database", "tests.support.sharing"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        default="both",
        help="which databases tests run on; `postgresql` alone: the whole suite, with Redis beside it",
    )
    parser.addoption(
        "--kills",
        type=int,
        default=0,
        help="in how many rounds at least a process dies over each deed, at every exchange with the database in turn",
    )


def pytest_configure() -> None:
    remember()


def pytest_collection_finish() -> None:
    keep_what_is_there()


@pytest.fixture(scope="session", autouse=True)
def redis_beside_postgresql(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Where the whole suite runs on PostgreSQL, every provider has a Redis too."""
    if request.config.getoption("--database") != "postgresql":
        yield
        return
    with redis_server(tmp_path_factory.mktemp("redis")) as server:
        os.environ[SHARED_REDIS] = server.url
        try:
            yield
        finally:
            del os.environ[SHARED_REDIS]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dialect" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("dialect", ("sqlite", "postgresql") if chosen == "both" else (chosen,), scope="session")
