"""How the workers of a run share the tests out, in which order, and over which of them coverage is counted.

Tracing costs a test on Python 3.11 as much again as the test itself, and three times that where a library reads much
text. It is done where our own functions are tested one by one; the folders in `UNCOUNTED` ask the whole product again
what it does under attack, in a race, in a browser or in another process, and what they alone reach counts as untested.
So does what Hypothesis makes up, which is something else each time.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from coverage import Coverage
from hypothesis import is_hypothesis_test
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).parents[1]
TOGETHER = ("races",)
"""Folders whose files share what takes long to start: one worker has them all."""
UNCOUNTED = frozenset(
    {"attacks", "browser", "clients", "conformance", "faults", "fuzz", "nodes", "performance", "races"}
)


class Sharing(LoadFileScheduling):  # type: ignore[misc]
    """A file's tests run in one worker, so that what they share is made once; and so do those of some folders."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return next((folder for folder in TOGETHER if file.startswith(f"tests/{folder}/")), file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Sharing | None:
    """Share out so where it is asked for by file."""
    return Sharing(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes long come first, so that no worker ends alone: what is not to be parted, and what starts programs.

    Makes a difference with `--no-loadscope-reorder`.
    """
    items.sort(key=lambda item: (folder(item) not in TOGETHER, not is_long(item)))


def is_long(item: pytest.Item) -> bool:
    return any(mark.name in {"workers", "browser"} for mark in item.iter_markers())


def folder(item: pytest.Item) -> str:
    """Return the folder of `tests/` that a test is in."""
    parts: Sequence[str] = item.path.relative_to(ROOT).parts
    return parts[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Count no coverage over some tests, nor over what they set up."""
    is_counted = folder(item) not in UNCOUNTED and not is_hypothesis_test(getattr(item, "obj", None))
    counting = None if is_counted else Coverage.current()
    if counting is None:
        return (yield)
    counting.stop()
    try:
        return (yield)
    finally:
        counting.start()
