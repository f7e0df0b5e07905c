"""How far what an `enrol` rule asks may be put off: how often, how long, and how soon again (policy.md §3.7).

A rule without any of it asks until it is done. With a `cool_down` and no `skips` it only suggests: it may be put off
without end, and leaves people alone for that long each time. `within` ends either.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from idp.policy.language import EnrolOrder
from idp.policy.model import EnrolAsk


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """How far something may still be put off."""

    left: int | None
    """How many times more; None: without end."""
    until: datetime | None
    """Until when; None: without end."""


def ask_of(rule: str, asks: Iterable[EnrolAsk]) -> EnrolAsk | None:
    """Return how often and when a person has put off what this rule asks; None: never."""
    return next((each for each in asks if each.rule == rule), None)


def grace_of(order: EnrolOrder, asked: EnrolAsk | None, now: datetime) -> Grace | None:
    """Return how far it may be put off; None: it must be done now."""
    skips = asked.skips if asked else 0
    left = None if order.skips is None else order.skips - skips
    until = None if order.within is None else (asked.first_asked_at if asked else now) + order.within
    is_over = (left is not None and left < 1) or (until is not None and asked is not None and now >= until)
    return None if is_over else Grace(left=left, until=until)


def is_cooling(order: EnrolOrder, asked: EnrolAsk | None, now: datetime) -> bool:
    """Tell whether it was put off so short a while ago that it is not asked again; `within` ends that, too."""
    if order.cool_down is None or asked is None:
        return False
    is_over = order.within is not None and now - asked.first_asked_at >= order.within
    return not is_over and now - (asked.last_asked_at or asked.first_asked_at) < order.cool_down
