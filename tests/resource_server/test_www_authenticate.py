"""Reading WWW-Authenticate, hostile or not (RFC 9110 §11.6.1)."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.resource_server import MalformedChallengeError
from idp.resource_server.www_authenticate import parse_challenges


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("", []),
        (" , ,", []),
        ("Bearer", [("bearer", {})]),
        ("Bearer ", [("bearer", {})]),
        ("Bearer, Basic", [("bearer", {}), ("basic", {})]),
        ('Bearer error="x"', [("bearer", {"error": "x"})]),
        ('bEARER ERROR = x ,  Max_Age="5",', [("bearer", {"error": "x", "max_age": "5"})]),
        ('Bearer realm="a, b", error="c=d"', [("bearer", {"realm": "a, b", "error": "c=d"})]),
        (r'Bearer realm="a \"b\" \\ c"', [("bearer", {"realm": r'a "b" \ c'})]),
        ('Bearer realm=""', [("bearer", {"realm": ""})]),
        ('Bearer realm="café"', [("bearer", {"realm": "café"})]),
        (
            'Basic realm="b", charset="UTF-8", Bearer error="x", DPoP algs="ES256 PS256"',
            [
                ("basic", {"realm": "b", "charset": "UTF-8"}),
                ("bearer", {"error": "x"}),
                ("dpop", {"algs": "ES256 PS256"}),
            ],
        ),
        ("Negotiate YWJj==, Bearer error=x", [("negotiate", {}), ("bearer", {"error": "x"})]),
        ("Negotiate YWJj", [("negotiate", {})]),
        ("Bearer a=b", [("bearer", {"a": "b"})]),
        ("Bearer a=", [("bearer", {})]),
    ],
)
def test_challenges_are_read_one_by_one(value: str, found: list[tuple[str, dict[str, str]]]) -> None:
    """Several challenges share one value, apart only by commas."""
    assert [(challenge.scheme, dict(challenge.parameters)) for challenge in parse_challenges(value)] == found


@pytest.mark.parametrize(
    "value",
    [
        '="x"',
        'Bearer error="x',
        'Bearer error="x" more',
        'Bearer error="x"max_age="5"',
        'Bearer error="x", error="y"',
        'Bearer error="x", ERROR=x',
        'Bearer error="a\nb"',
        'Bearer error="a\x00b"',
        'Bearer, error="x"',
        "Bearer error=a=b",
        "Bearer a=b c=d",
        "\x00",
        "Bearer " + "a" * 9000,
        "é",
    ],
)
def test_value_is_refused_when_it_is_malformed(value: str) -> None:
    """What reads two ways, or not at all, is not guessed at."""
    with pytest.raises(MalformedChallengeError):
        parse_challenges(value)


@settings(max_examples=500)
@given(st.text(max_size=60) | st.text(alphabet='Bbearer ,="\\\t=x5~', max_size=60))
def test_garbage_raises_our_error_alone(value: str) -> None:
    """Whatever an API says, reading it ends, in challenges or in one error."""
    try:
        found = parse_challenges(value)
    except MalformedChallengeError:
        return
    assert all(challenge.scheme == challenge.scheme.lower() for challenge in found)


WORDS = st.text(alphabet="abcdefgh_-", min_size=1, max_size=8)
TEXTS = st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)


@given(st.lists(st.tuples(WORDS, st.dictionaries(WORDS, TEXTS, min_size=1, max_size=4)), max_size=4))
def test_what_is_written_is_read_again(challenges: list[tuple[str, dict[str, str]]]) -> None:
    """Quoting and reading are each other's reverse."""

    def quoted(text: str) -> str:
        return text.replace("\\", "\\\\").replace('"', '\\"')

    value = ", ".join(
        f"{scheme} " + ", ".join(f'{name}="{quoted(text)}"' for name, text in parameters.items())
        for scheme, parameters in challenges
    )
    assert [(found.scheme, found.parameters) for found in parse_challenges(value)] == challenges


@pytest.mark.parametrize("piece", ["a", "a ", "a,", "a b,", 'a b="\\', "=", " ", ",", 'a b="', "a b= ", "a=", '\\"'])
def test_time_is_bounded_whatever_repeats(piece: str) -> None:
    """8 KiB of anything are read in a moment: no pattern goes back and forth, or this would take years."""
    value = ("Bearer x=" + piece * 8192)[:8192]
    with contextlib.suppress(MalformedChallengeError):
        parse_challenges(value)
