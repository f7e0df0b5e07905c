"""JSON from strangers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.oidc import strict_json


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        '{"a":1,"a":2}',
        '{"a":{"b":1,"b":1}}',
        "[" * 10000,
        "[[[[[[[[[1]]]]]]]]]",
        "NaN",
        "Infinity",
        "1e400",
        "9" * 5000,
        "9007199254740993",
        '"\\ud800"',
        '"a\\u0000"',
        '"a\\nb"',
        '{"a\\u0000":1}',
        json.dumps("x" * 1025),
    ],
    ids=str,
)
def test_parse_refuses_what_is_odd(text):
    """OAU-48: bounded depth, numbers and texts, no key twice."""
    with pytest.raises(strict_json.MalformedError):
        strict_json.parse(text)


def test_parse_returns_plain_values():
    """Ordinary JSON comes through unchanged."""
    value = {"a": [1, 2.5, True, None, "é", {"b": {}}]}
    assert strict_json.parse(json.dumps(value)) == value


@given(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps))
def test_parse_refuses_by_its_own_error_alone(text):
    """No text raises anything else."""
    try:
        strict_json.parse(text)
    except strict_json.MalformedError:
        return
