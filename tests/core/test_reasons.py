"""Reason codes."""

import re

from idp.core.reasons import Reason


def test_reasons_are_snake_case() -> None:
    """Codes are data in one form; their words live in templates (surface.md)."""
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", reason) for reason in Reason)


def test_reasons_name_themselves() -> None:
    """A code reads the same in the source and on the wire."""
    assert all(reason.name.lower() == reason.value for reason in Reason)
