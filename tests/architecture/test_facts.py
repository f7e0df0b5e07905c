"""A rule may only ask for what somebody tells: each registered fact has a source."""

import ast
from pathlib import Path

import pytest

from idp.policy.facts import REGISTRY

STATED = frozenset(name for name in REGISTRY if name.startswith(("request.", "time.")))
"""Those that the request itself states, members of `authorization_details` by their own names; and the clock."""


def texts() -> frozenset[str]:
    """Return every text in the source but the list of facts itself."""
    found: set[str] = set()
    for path in Path("idp").rglob("*.py"):
        if path != Path("idp/policy/facts.py"):
            tree = ast.walk(ast.parse(path.read_text()))
            found |= {each.value for each in tree if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    return frozenset(found)


@pytest.fixture(scope="module")
def written() -> frozenset[str]:
    return texts()


@pytest.mark.parametrize("name", sorted({*REGISTRY} - STATED))
def test_every_fact_is_told_by_somebody(written: frozenset[str], name: str) -> None:
    """One that nobody tells would be absent for ever, and a rule that reads it would never fire."""
    assert name in written
