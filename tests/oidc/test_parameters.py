"""What holds for every parameter of an authorization request alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.oidc.parameters import collect, is_readable


def test_collect_keeps_known_parameters_alone():
    """Unknown parameters are ignored, once or twice (RFC 6749 §3.1)."""
    parameters = collect((("scope", "openid"), ("extra", "a"), ("extra", "b")))
    assert dict(parameters.values) == {"scope": "openid"}
    assert not parameters.doubled


def test_collect_names_what_came_twice_even_with_one_value():
    """A known parameter given twice is not usable, equal values or not (RFC 6749 §3.1)."""
    parameters = collect((("scope", "openid"), ("scope", "openid")))
    assert parameters.doubled == {"scope"}
    assert parameters.get("scope") is None
    assert parameters.unusable(("scope",))
    assert not parameters.unusable(("state",))


def test_collect_treats_an_empty_value_as_omitted():
    """A parameter without a value counts as omitted (RFC 6749 §3.1)."""
    assert collect((("nonce", ""),)).get("nonce") is None


@pytest.mark.parametrize(
    "state",
    ["a\nb", "a\r\nSet-Cookie: x", "nul\x00", "\ud800", "x" * 4097, "é" * 2049],
    ids=["newline", "crlf", "nul", "surrogate", "long", "long in bytes"],
)
def test_collect_names_what_no_line_of_text_holds(state):
    """Control characters, lone surrogates and excess length make a parameter malformed."""
    assert collect((("state", state),)).malformed == {"state"}


def test_list_of_keeps_order_and_each_value_once():
    """Space-delimited values keep their order."""
    assert collect((("acr_values", "phr  mfa phr"),)).list_of("acr_values") == ("phr", "mfa")


@given(st.text(), st.integers(0, 50))
def test_is_readable_never_fails(value, most):
    """Any text is judged, and what is accepted can be encoded."""
    if is_readable(value, most):
        assert len(value.encode()) <= most
