"""Messages on their way, to people or to webhooks, as the API shows them and lets them be tried again."""

from collections.abc import Mapping

import msgspec

from idp.admin.api.calls import Limit, Moment, Query, RefusedError
from idp.records.delivery.model import State

REFUSALS: Mapping[str, str] = {"409": "it was not given up, or nothing is left of it"}


class Messages(Query, frozen=True, kw_only=True):
    """Which messages are shown."""

    state: State | None = None
    limit: Limit = 50


class OnItsWay(msgspec.Struct, frozen=True, kw_only=True):
    """One message; what it says is never shown, as it may hold a code."""

    id: str
    state: State
    created_at: Moment
    attempts: int
    due_at: Moment | None
    sent_at: Moment | None
    reason: str
    """Why the last try came to nothing."""


def settled(*, is_done: bool) -> None:
    """Return where a message that was given up was dealt with. Raises RefusedError."""
    if not is_done:
        raise RefusedError(409, "not_given_up", "It was not given up, or nothing is left of it")
