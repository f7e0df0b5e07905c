"""Options of the whole suite, and the fixtures that every folder may ask for."""

import pytest

pytest_plugins = ["tests.support.database"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        default="both",
        help="which databases the tests that ask for one run on",
    )
    parser.addoption(
        "--kills",
        type=int,
        default=0,
        help="in how many rounds at least a process dies over each deed, at every exchange with the database in turn",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "dialect" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("dialect", ("sqlite", "postgresql") if chosen == "both" else (chosen,), scope="session")
