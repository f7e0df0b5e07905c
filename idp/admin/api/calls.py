"""What the operations of the admin API are made with: who calls, how one refuses, how lists are cut into pages.

What goes in is strict: a member that is not known is refused. Refusals are problem details (RFC 9457).
"""

import base64
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

import msgspec

from idp.admin.access import Permission
from idp.admin.staff import Staff
from idp.core import errors
from idp.records.clients import own_api
from idp.storage.tx import Tx
from idp.web.api.operation import Operation

Item = TypeVar("Item")
Row = TypeVar("Row")
Short = Annotated[str, msgspec.Meta(max_length=200)]
Cursor = Annotated[str, msgspec.Meta(max_length=400, description="What `next` of the page before says")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Limit = Annotated[int, msgspec.Meta(ge=1, le=200)]
READS = (own_api.CONSOLE,)


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query; a parameter that is not known is refused, as a misspelt filter would show too much."""


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A body."""


class Listing(Query, frozen=True, kw_only=True):
    """How a list is looked at."""

    q: Short = ""
    limit: Limit = 50
    cursor: Cursor = ""


class Page(msgspec.Struct, Generic[Item], frozen=True, kw_only=True):
    """One page of a list."""

    items: tuple[Item, ...]
    next: str = ""
    """The cursor of the page behind this one; empty: there is none."""


class Mistake(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is wrong with what was sent, and what would be right."""

    detail: str
    field: str = ""
    line: int = 0
    column: int = 0


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Why something was refused (RFC 9457); where a proof is missing, which one (RFC 9470 §3)."""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: tuple[Mistake, ...] = ()
    acr_values: str = ""
    max_age: int | None = None


class RefusedError(Exception):
    """The operation says no: nothing it did is kept."""

    def __init__(
        self, status: int, code: str, title: str, *, detail: str = "", errors: tuple[Mistake, ...] = ()
    ) -> None:
        super().__init__(code)
        self.problem = problem(status, code, title, detail=detail, errors=errors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call: who, in which transaction, with what."""

    tx: Tx
    staff: Staff
    body: Any = None
    query: Any = None
    if_match: str = ""


@dataclass(frozen=True, slots=True)
class Tagged:
    """An answer with the tag by which a later change says what it was made on (RFC 9110 §8.8.3)."""

    value: Any
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminOperation(Operation):
    """One operation of the admin API."""

    scopes: tuple[str, ...] = READS
    """One of these the token must have."""
    permission: Permission = Permission.LOOK
    """What the role of the person behind it must allow."""
    is_tagged: bool = False
    """Its answer carries an `ETag`."""
    is_conditional: bool = False
    """It changes what was read: `If-Match` must say in which state."""
    is_new: bool = False
    """It makes something: 201, and an `Idempotency-Key` keeps a second try from making another."""
    refusals: Mapping[str, str] = field(default_factory=dict)
    """Refusals of its own."""


def problem(status: int, code: str, title: str, *, detail: str = "", errors: tuple[Mistake, ...] = ()) -> Problem:
    """Return problem details; `code` names the kind for good."""
    return Problem(type=f"urn:idp:problem:{code}", title=title, status=status, detail=detail, errors=errors)


def mistakes(problems: Iterable[errors.Problem]) -> tuple[Mistake, ...]:
    """Return mistakes as the API tells them."""
    return tuple(Mistake(detail=each.text, field=each.key, line=each.line, column=each.column) for each in problems)


def refused(title: str, *, errors: tuple[Mistake, ...] = (), detail: str = "") -> RefusedError:
    """Return the refusal of what is well formed and may not be."""
    return RefusedError(422, "invalid", title, detail=detail, errors=errors)


def stale(detail: str) -> RefusedError:
    """Return the refusal of a change to what somebody else has changed since it was read."""
    return RefusedError(412, "stale", "It has changed since it was read", detail=detail)


def etag(state: int | str) -> str:
    """Return the tag of a state."""
    return f'"{state}"'


def page(
    rows: Sequence[Row], limit: int, *, key: Callable[[Row], Sequence[Any]], shown: Callable[[Row], Item]
) -> Page[Item]:
    """Return a page of rows of which one more was read than fits, so that its end is known."""
    fits = rows[:limit]
    return Page(items=tuple(map(shown, fits)), next=_written(key(fits[-1])) if len(rows) > limit else "")


def _written(key: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(list(key))).decode().rstrip("=")


def behind(cursor: str, kind: type[Row], first: Row) -> Row:
    """Return the key that a cursor holds. Raises RefusedError for whatever we have not written (ADM-16)."""
    if not cursor:
        return first
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        wrong = (Mistake(detail="is none of ours", field="cursor"),)
        raise RefusedError(400, "malformed", "The request is malformed", errors=wrong) from error
