"""No page is a dead end: whoever has come to one can go on from there."""

import re
from pathlib import Path

import pytest

from tests.support.texts import ROOT

PAGES = sorted(
    path
    for folder in ("account", "login", "logout", "recover")
    for path in Path(ROOT / "templates" / folder).glob("*.html")
    if "block content" in path.read_text() and path.stem != "layout"
)
LAST = {"deleted"}
"""After these there is nothing: the account is gone."""
WAY = re.compile(r"<a |<button|rail\(\)|\{% include")


@pytest.mark.parametrize("path", PAGES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_page_has_a_way_on(path: Path) -> None:
    """A link or a button outside the frame, which has the languages alone."""
    assert (WAY.search(path.read_text()) is not None) == (path.stem not in LAST)
