"""Ids that belong to the request at hand, for whoever writes a log: of the request, and of the decision made in it.

They are noted where they come to be, and every line that is logged meanwhile has them, so that what failed is found by
the id that the answer bears, and why somebody was asked or refused by the decision's. Nothing but ids is noted.
"""

from collections.abc import Mapping
from contextvars import ContextVar, Token
from typing import Literal

_NOTED: ContextVar[dict[str, str] | None] = ContextVar("noted", default=None)


def begin(request_id: str) -> Token[dict[str, str] | None]:
    """Note ids from here on, beginning with the request's; `end` takes what this returns."""
    return _NOTED.set({"request_id": request_id})


def end(token: Token[dict[str, str] | None]) -> None:
    """Let go of what was noted: the request has been answered."""
    _NOTED.reset(token)


def note(name: Literal["decision_id"], value: str) -> None:
    """Note an id of the request at hand; the last one of its name stays. Outside of a request nothing is noted."""
    noted = _NOTED.get()
    if noted is not None:
        noted[name] = value


def ids() -> Mapping[str, str]:
    """Return what has been noted."""
    return _NOTED.get() or {}
