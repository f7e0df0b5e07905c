"""What a requirement may say, and how a refusal is written (RFC 6750 §3, RFC 9470 §3)."""

import json
from typing import Any

import pytest

from idp.resource_server import Challenge, Requirement


@pytest.mark.parametrize("max_age", [None, 60, 300, 10**9])
def test_max_age_is_a_minute_at_least(max_age: int | None) -> None:
    """P16: a floor of 60 s; no max_age at all is allowed."""
    assert Requirement(max_age=max_age).max_age == max_age


@pytest.mark.parametrize("max_age", [0, 1, 59, -1, 10**9 + 1, True, 60.0, "300"])
def test_max_age_is_refused_when_it_makes_a_loop_or_no_sense(max_age: Any) -> None:
    """Zero and all below a minute are mistakes of whoever writes the API."""
    with pytest.raises(ValueError, match="from 60"):
        Requirement(max_age=max_age)


@pytest.mark.parametrize("values", [["a b"], ['a"b'], ["a\\b"], [""], ["ü"], ["a\r\nX: y"], ["x" * 256], [7]])
@pytest.mark.parametrize("name", ["acr_values", "scopes"])
def test_value_is_refused_when_it_would_break_the_header(name: str, values: Any) -> None:
    """RFC 6749 §3.3: what goes into the header needs no quoting."""
    with pytest.raises(ValueError, match=name):
        Requirement(**{name: values})


@pytest.mark.parametrize("name", ["acr_values", "scopes"])
def test_one_text_is_not_a_list(name: str) -> None:
    """A text given for a list would be taken apart into letters."""
    with pytest.raises(TypeError, match=name):
        Requirement(**{name: "phr"})


def test_requirement_is_a_value() -> None:
    """Lists are frozen, so that requirements compare and hash."""
    assert hash(Requirement(acr_values=["a"], scopes=["b"])) == hash(Requirement(acr_values=("a",), scopes=("b",)))


@pytest.mark.parametrize(
    ("challenge", "header"),
    [
        (Challenge(status=401), "Bearer"),
        (Challenge(status=401, error="invalid_token"), 'Bearer error="invalid_token"'),
        (
            Challenge(
                status=401,
                error="insufficient_user_authentication",
                error_description="More",
                acr_values=("a", "b"),
                max_age=300,
                scopes=("s", "t"),
            ),
            'Bearer error="insufficient_user_authentication", error_description="More", acr_values="a b", '
            'max_age="300", scope="s t"',
        ),
    ],
)
def test_challenge_is_written_as_the_standards_say(challenge: Challenge, header: str) -> None:
    """RFC 9470 §3: one Bearer challenge with quoted parameters."""
    assert dict(challenge.headers)["WWW-Authenticate"] == header
    assert dict(challenge.headers)["Cache-Control"] == "no-store"
    told = json.loads(challenge.body)
    assert "".join(f', {name}="{value}"' for name, value in told.items())[2:] == header.removeprefix("Bearer").strip()


def test_unavailable_provider_is_no_challenge() -> None:
    """503 says when to come again, and not that the token is bad."""
    headers = dict(Challenge(status=503, error="temporarily_unavailable").headers)
    assert headers["Retry-After"] == "5"
    assert "WWW-Authenticate" not in headers
