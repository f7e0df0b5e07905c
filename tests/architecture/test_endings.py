"""A session ends in one place, so that whoever must be told of it is (OIDC Back-Channel Logout 1.0 §2.5)."""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENDING = frozenset({"end", "end_these"})
"""What ends a session in its store."""


def test_sessions_end_in_one_module() -> None:
    """Whatever else ends one goes through `idp.login.ending`."""
    found = set()
    for module in (ROOT / "idp").rglob("*.py"):
        tree = ast.parse(module.read_text(encoding="utf-8"))
        names = {
            each.asname or each.name
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom) and node.module == "idp.records.sessions"
            for each in node.names
        }
        used = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names
        }
        if used & ENDING:
            found.add(module.relative_to(ROOT / "idp").as_posix())
    assert found == {"login/ending.py"}
