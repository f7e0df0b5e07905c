"""One Chromium for each file."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.chromium import chromium
from tests.support.fixtures import filled

__all__ = ["filled"]


@pytest.fixture(scope="module")
def chrome() -> Iterator[Browser]:
    """The browser itself; each test opens a context of its own."""
    with chromium() as browser:
        yield browser
