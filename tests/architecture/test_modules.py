"""Modules are short, documented and named for what they are; templates are all used."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "idp").rglob("*.py"))
LONGEST = 250
FORBIDDEN_NAMES = {"utils", "helpers", "manager", "data", "info", "misc", "common"}
FORBIDDEN_WORDS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
TEMPLATES = {"templates": ROOT / "templates", "bank": ROOT / "idp/demo/bank/templates"}
TEXTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "Makefile", *sorted((ROOT / "policies").glob("*.yaml"))]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_modules_are_short_and_say_what_they_are() -> None:
    """At most 250 lines, with a docstring first (architecture.md §12)."""
    sources = {named(module): module.read_text(encoding="utf-8") for module in MODULES}
    assert [name for name, source in sources.items() if len(source.splitlines()) > LONGEST] == []
    assert [name for name, source in sources.items() if not ast.get_docstring(ast.parse(source))] == []


def test_modules_are_nouns_of_their_own() -> None:
    """A module called `utils` is where things end up that nobody has thought about."""
    names = {part for module in MODULES for part in (*module.relative_to(ROOT).parts[:-1], module.stem)}
    assert not names & FORBIDDEN_NAMES


def test_nothing_is_left_for_later() -> None:
    """What is not done is an issue, not a comment."""
    files = [*MODULES, *TEXTS]
    assert [named(file) for file in files if FORBIDDEN_WORDS.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("folder", TEMPLATES)
def test_every_template_is_reachable(folder: str) -> None:
    """A template is rendered by a name in the code or included by another template."""
    files = sorted(path for path in TEMPLATES[folder].rglob("*.html"))
    assert files
    code = "\n".join(module.read_text(encoding="utf-8") for module in MODULES)
    words = set(re.findall(r"""["']([\w/.-]+)["']""", code)) | set(re.findall(r'template = "(\w+)"', code))
    named_in_pages = set(re.findall(r'{%\s*(?:extends|include|import|from)\s+"([^"]+)"', _all(files)))
    for file in files:
        name = file.relative_to(TEMPLATES[folder]).as_posix()
        stems = {name, name.removeprefix("login/").removesuffix(".html"), file.stem}
        assert name in named_in_pages or stems & words, f"{name} is never rendered"


def _all(files: list[Path]) -> str:
    return "\n".join(file.read_text(encoding="utf-8") for file in files)
