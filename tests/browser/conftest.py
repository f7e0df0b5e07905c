"""One Chromium for all files, and a demo for each that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.chromium import chromium
from tests.support.demo import Demo, begun, demo_here
from tests.support.fixtures import filled
from tests.support.waiting import LIMIT

__all__ = ["begun", "filled"]


@pytest.fixture(scope="package")
def chrome() -> Iterator[Browser]:
    """The browser itself; each test opens a context of its own. It ends here: no other loop may run beside its own."""
    expect.set_options(timeout=LIMIT * 1000)
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo of this file lives."""
    return Path(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def running(begun: Path, folder: Path) -> Iterator[Demo]:
    """One demo for this file."""
    with demo_here(begun, folder) as it:
        yield it
