"""Looking through the audit trail, and taking it away as a file that no spreadsheet runs (ADM-17)."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec

from idp.admin.people.named import person_called
from idp.records.audit import store as audit
from idp.records.audit.model import Entry
from idp.records.users.finding import store as finding
from idp.storage.tx import Tx

SIZE = 50
MOST = 10_000
"""Events in one file; the next file begins where it ends."""
_COLUMNS = ("id", "at", "name", "user_id", "client_id", "session_id", "decision_id", "address", "details")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 100
_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which events are looked for; empty: all."""

    name: str = ""
    user_id: str = ""
    client_id: str = ""
    before: int | None = None


def read(query: Mapping[str, str]) -> Filter:
    """Return what a query asks for."""
    before = query.get("before", "")
    is_number = before.isascii() and before.isdigit() and len(before) < 18
    return Filter(
        name=query.get("name", "").strip()[:_LONGEST],
        user_id=query.get("person", "").strip()[:_LONGEST],
        client_id=query.get("client", "").strip()[:_LONGEST],
        before=int(before) if is_number else None,
    )


def names(tx: Tx, found: Iterable[Entry]) -> Mapping[str, str]:
    """Return by id how people are called whom these events are about, or who did what they tell."""
    events = [entry.event for entry in found]
    ids = {event.user_id for event in events} | {str(event.details.get("by", "")) for event in events}
    return {user_id: user.username for user_id, user in finding.by_id(tx, ids - {""}).items()}


def entries(tx: Tx, wanted: Filter, *, limit: int = SIZE) -> tuple[Entry, ...]:
    """Return events, newest first; a person may be named by username, e-mail address or id."""
    person = person_called(tx, wanted.user_id)
    return audit.list_page(
        tx,
        limit=limit,
        before=wanted.before,
        name=wanted.name,
        user_id=person.id if person else wanted.user_id or None,
        client_id=wanted.client_id or None,
    )


def pages(tx: Tx, wanted: Filter) -> Iterator[Entry]:
    """Yield every event that is looked for, newest first, read page by page in bounded memory."""
    while found := entries(tx, wanted, limit=_PAGE):
        yield from found
        wanted = replace(wanted, before=found[-1].id)


def as_csv(found: Iterable[Entry]) -> Iterator[bytes]:
    """Yield events as CSV (RFC 4180); a cell that a spreadsheet would run is quoted as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for entry in found:
        writer.writerow([_cell(value) for value in _row(entry).values()])
        yield out.getvalue().encode()
        out.seek(0)
        out.truncate()
    yield out.getvalue().encode()


def as_json_lines(found: Iterable[Entry]) -> Iterator[bytes]:
    """Yield events as JSON, one a line."""
    return (msgspec.json.encode(_row(entry)) + b"\n" for entry in found)


def _row(entry: Entry) -> dict[str, object]:
    event = entry.event
    values = {name: getattr(event, name) for name in _COLUMNS if name != "id"}
    return {"id": entry.id, **values, "at": event.at.isoformat(), "details": dict(event.details)}


def _cell(value: object) -> str:
    text = msgspec.json.encode(value).decode() if isinstance(value, dict) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
