"""Headless Chromium: the system's own, found by name, with nothing that phones home."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserType, Page, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
SCREENSHOTS = Path("var/screenshots")
"""Ignored by git: a person looks at them."""


def find_chromium() -> str | None:
    """Return the path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run one Chromium for as long as the block lasts."""
    with sync_playwright() as playwright, _launched(playwright.chromium) as browser:
        yield browser


@contextmanager
def chromium_beside(chrome: Browser, *flags: str) -> Iterator[Browser]:
    """Run another beside one that runs, with further flags of the command line: one loop leads them both."""
    with _launched(chrome.browser_type, *flags) as browser:
        yield browser


@contextmanager
def _launched(kind: BrowserType, *flags: str) -> Iterator[Browser]:
    path = find_chromium()
    assert path is not None, "install chromium (apt-get install chromium)"
    browser = kind.launch(executable_path=path, headless=True, args=[*FLAGS, *flags])
    try:
        yield browser
    finally:
        browser.close()


def awaited(page: Page, promise: str) -> Any:
    """Return what a promise of a script comes to; raise playwright's Error when it is not kept in half a minute.

    Asked directly, the browser would wait for ever. Only where scripts run, as elsewhere no timer does.
    """
    late = "new Promise((_, fail) => setTimeout(() => fail(new Error('not in time')), 30_000))"
    return page.evaluate(f"Promise.race([{promise}, {late}])")
