"""The one parser of forms and queries reads as the standard library does, and refuses what that would let through."""

from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.web.pairs import MAX_PAIRS, MalformedError, is_clean, parse_pairs

PIECES = st.lists(
    st.sampled_from(["a", "é", "=", "&", "+", "%20", "%2B", "%C3%A9", "%C3", "%00", "%", "\x00", "%ED%A0%80"])
)


@given(PIECES.map("".join))
def test_a_form_is_read_as_the_standard_library_reads_it(text: str) -> None:
    """WHATWG URL §5.1: order, duplicates and blanks stay; what is no text in UTF-8 is refused and never mended."""
    try:
        expected = tuple(parse_qsl(text, keep_blank_values=True, errors="strict"))
    except ValueError:
        expected = None
    escapes = [text[place + 1 : place + 3] for place, each in enumerate(text) if each == "%"]
    is_whole = all(len(each) == 2 and each.isalnum() and each.isascii() for each in escapes)
    if expected is None or not is_whole or not all(is_clean(name + value) for name, value in expected):
        with pytest.raises(MalformedError):
            parse_pairs(text.encode())
    else:
        assert parse_pairs(text.encode()) == expected


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1), st.text("a+ &=%")),
        max_size=9,
    )
)
def test_what_is_written_as_a_form_is_read_back(pairs: list[tuple[str, str]]) -> None:
    """Nothing is lost on the way."""
    assert parse_pairs(urlencode(pairs).encode()) == tuple(pairs)


def test_more_pairs_than_the_bound_are_refused() -> None:
    """FLT-40: before any of them is looked at."""
    assert len(parse_pairs(b"&".join([b"a=1"] * MAX_PAIRS))) == MAX_PAIRS
    with pytest.raises(MalformedError):
        parse_pairs(b"&".join([b"a=1"] * (MAX_PAIRS + 1)))
