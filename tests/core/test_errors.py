"""The shapes of refusal."""

import pytest

from idp.core.errors import (
    BusyError,
    ConfigError,
    ForbiddenError,
    NotFoundError,
    PageError,
    Problem,
    RedirectError,
    Rejected,
)
from idp.core.reasons import Reason


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("is wrong"), "is wrong"),
        (Problem("is wrong", key="IDP_ISSUER"), "IDP_ISSUER: is wrong"),
        (Problem("is wrong", file="a.yaml"), "a.yaml: is wrong"),
        (Problem("is wrong", file="a.yaml", line=3, column=7, key="rules"), "a.yaml:3:7: rules: is wrong"),
    ],
    ids=["text", "key", "file", "place"],
)
def test_problem_says_where_and_what(problem: Problem, text: str) -> None:
    """A mistake names its file, line and key as far as they are known."""
    assert str(problem) == text


def test_config_error_reports_all_problems_at_once() -> None:
    """Somebody who mends settings sees every mistake in one go."""
    error = ConfigError([Problem("first"), Problem("second")])
    assert str(error) == "first\nsecond"
    assert [problem.text for problem in error.problems] == ["first", "second"]


def test_page_error_carries_code_and_words() -> None:
    """A page error has the error code and a fixed description."""
    error = PageError("invalid_request", "The redirect URI is not registered.")
    assert (error.error, error.description, str(error)) == (
        "invalid_request",
        "The redirect URI is not registered.",
        "The redirect URI is not registered.",
    )


def test_redirect_error_may_stay_silent() -> None:
    """An error told to a client needs no description."""
    error = RedirectError("login_required")
    assert (error.error, error.description) == ("login_required", "")


def test_busy_error_says_when_to_come_back() -> None:
    """Busy always comes with a time."""
    error = BusyError(7)
    assert (error.retry_after, str(error)) == (7, "retry after 7 s")


def test_rejected_is_a_value() -> None:
    """A refused attempt is compared, not raised."""
    assert Rejected(Reason.CODE_MISMATCH) == Rejected(Reason.CODE_MISMATCH, None)
    assert not isinstance(Rejected(Reason.CODE_MISMATCH), Exception)


def test_refusals_are_apart_from_each_other() -> None:
    """Nobody who catches one kind of refusal swallows another."""
    assert not issubclass(NotFoundError, ForbiddenError)
    assert not issubclass(RedirectError, PageError)
