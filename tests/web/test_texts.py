"""Texts: values by name, waiting times in words."""

import pytest

from idp.web.texts import Texts


def test_gettext_puts_values_in_by_name() -> None:
    """A translation may reorder what it is given; a text without values may hold a percent sign."""
    assert Texts("en").gettext("Hello %(name)s", name="Ada") == "Hello Ada"
    assert Texts("en").gettext("100 %") == "100 %"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "1 second"), (1, "1 second"), (45, "45 seconds"), (60, "1 minute"), (61, "2 minutes"), (720, "12 minutes")],
)
def test_minutes_left_says_how_long(seconds: float, words: str) -> None:
    """Limits say the time left, rounded up, in words."""
    assert Texts("en").minutes_left(seconds) == words
