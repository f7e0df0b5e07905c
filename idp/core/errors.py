"""The shapes of refusal: expected outcomes are values, surprises are exceptions.

Public texts are fixed ASCII strings (RFC 6749 §4.1.2.1); details belong in the log.
"""

from dataclasses import dataclass
from datetime import datetime

from idp.core.reasons import Reason


@dataclass(frozen=True, slots=True)
class Rejected:
    """A refused attempt: the same page again, 422. `until` is set when waiting helps."""

    reason: Reason
    until: datetime | None = None


class PageError(Exception):
    """The client or redirect URI could not be verified: a 400 page, never a redirect (RFC 6749 §4.1.2.1)."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class RedirectError(Exception):
    """A protocol error told to the client at its verified redirect URI (OIDC Core 1.0 §3.1.2.6)."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class NotFoundError(Exception):
    """There is nothing here for this caller: 404."""


class ForbiddenError(Exception):
    """The caller may not do this: 403."""


class StrangeFormError(ForbiddenError):
    """What was sent does not come from a page of ours in this browser: 403, and nothing was looked at."""


class BusyError(Exception):
    """The service cannot take this now: 503 with Retry-After."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
        """Seconds."""


class TooManyError(Exception):
    """Too much came from one place: 429 with Retry-After (RFC 6585 §4)."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
        """Seconds."""


class ConfigError(Exception):
    """Settings or a policy are wrong: the service does not start, the bundle does not load."""

    def __init__(self, problems: "list[Problem]") -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is and what would be right."""

    text: str
    file: str = ""
    line: int = 0
    column: int = 0
    key: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{place}{self.key + ': ' if self.key else ''}{self.text}"
