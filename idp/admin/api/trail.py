"""The audit trail, through the API: looked through, followed as it is sealed, checked."""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from idp.admin import access
from idp.admin.api.answers import Raw
from idp.admin.api.calls import AdminOperation, Call, Limit, Moment, Page, Query, Short, behind, page
from idp.admin.audit import following, service
from idp.records.audit.model import Entry
from idp.records.audit.seals import service as seals
from idp.records.clients import own_api

_READS = (own_api.CONSOLE, own_api.AUDIT)
_NEWEST = 2**62
Number = Annotated[int, msgspec.Meta(ge=0, lt=2**62)]


class Wanted(Query, frozen=True, kw_only=True):
    """Which events are looked for; `name` is part of their names."""

    name: Short = ""
    person: Short = ""
    client: Short = ""
    limit: Limit = 50
    cursor: Short = ""


class Followed(Query, frozen=True, kw_only=True):
    """From where the trail is followed: the seal that was read last."""

    after: Number = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 500


class Happened(msgspec.Struct, frozen=True, kw_only=True):
    """One event. Never a secret, a code or a token."""

    id: int
    at: Moment
    name: str
    person: str
    client: str
    session: str
    interaction: str
    decision: str
    address: str
    details: Mapping[str, str | int | bool]


class TrailChecked(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the chain holds. Keep `last` and `link` elsewhere: they show later that its end was not cut off."""

    holds: bool
    sealed: int
    unsealed: int
    last: int
    link: str
    broken_at: int | None
    why: str


class Trail:
    """The operations; they need nothing but the transaction."""

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation."""
        return (
            AdminOperation(verb="GET", path="/audit", name="listEvents", summary="Events, newest first",
                           handle=self.found, action=access.CONSOLE, scopes=_READS, asks=Wanted, gives=Page[Happened]),
            AdminOperation(verb="GET", path="/audit/stream", name="followEvents",
                           summary="Sealed events behind a seal, oldest first, one JSON object a line",
                           handle=self.follow, action=access.CONSOLE, scopes=_READS, asks=Followed, gives=str,
                           media="application/jsonl"),
            AdminOperation(verb="GET", path="/audit/check", name="checkTrail", summary="Check the chain of seals",
                           handle=self.check, action=access.CONSOLE, scopes=_READS, gives=TrailChecked),
        )  # fmt: skip

    def found(self, call: Call) -> Page[Happened]:
        """Return events."""
        wanted: Wanted = call.query
        looked_for = service.Filter(
            name=wanted.name,
            user_id=wanted.person,
            client_id=wanted.client,
            before=behind(wanted.cursor, tuple[Number], (_NEWEST,))[0],
        )
        rows = service.entries(call.tx, looked_for, limit=wanted.limit + 1)
        return page(rows, wanted.limit, key=lambda entry: (entry.id,), shown=_shown)

    def follow(self, call: Call) -> Raw:
        """Return what was sealed since, in the order of the seals: nothing is missed and nothing comes twice."""
        lines = following.lines(call.tx, after=call.query.after, limit=call.query.limit)
        return Raw(b"".join(lines), "application/jsonl")

    def check(self, call: Call) -> TrailChecked:
        """Return whether the chain holds."""
        verdict = seals.verify(call.tx)
        last, broken = verdict.last, verdict.broken
        return TrailChecked(
            holds=broken is None,
            sealed=verdict.sealed,
            unsealed=verdict.unsealed,
            last=last.number if last is not None else 0,
            link=last.link if last is not None else "",
            broken_at=broken.number if broken is not None else None,
            why=broken.why if broken is not None else "",
        )


def _shown(entry: Entry) -> Happened:
    event = entry.event
    return Happened(
        id=entry.id,
        at=event.at,
        name=event.name,
        person=event.user_id,
        client=event.client_id,
        session=event.session_id,
        interaction=event.interaction_id,
        decision=event.decision_id,
        address=event.address,
        details=event.details,
    )
