"""Patterns of plain text."""

from idp.storage.searching import containing, literal


def test_what_was_typed_is_text() -> None:
    """Signs that mean something in a pattern mean themselves."""
    assert literal("50%_\\") == "50\\%\\_\\\\"
    assert containing("a") == "%a%"
