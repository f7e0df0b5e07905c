"""What has happened with an account, for whoever owns it: what, when, from where, and why something was asked (U2).

Read from the audit trail and the decision records; each event that people can make sense of becomes one kind, whose
words are the templates'.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from idp.core.clock import Clock
from idp.factors import temporary_code
from idp.login.lost_factors import UNTIL
from idp.records.audit import store as audit
from idp.records.audit.model import Event
from idp.records.clients import store as clients
from idp.records.decisions import store as decisions
from idp.records.users.model import User
from idp.storage.tx import Tx

MOST = 50
"""Happenings shown."""
_READ = 300
"""Events looked through for them."""
_GONE = re.compile(r"temporary_code\.issued|challenge\.temporary_code\.passed|user\.(factors\.reset|reported)")
"""After which a temporary code of before is of no use, as after its removal."""
KINDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), kind)
    for pattern, kind in (
        (r"session\.started", "signed_in"),
        (r"session\.raised", "proved"),
        (r"session\.ended", "signed_out"),
        (r"(login|challenge)\.(?P<factor>\w+)\.failed", "failed"),
        (r"(login|challenge|enrol)\.(?P<factor>\w+)\.locked", "locked"),
        (r"(challenge|enrol)\.(?P<factor>\w+)\.abandoned", "left"),
        (r"challenge\.temporary_code\.passed", "code_used"),
        (r"login\.refused", "refused"),
        (r"factor\.(?P<factor>\w+)\.enrolled", "method_added"),
        (r"factor\.removed", "method_removed"),
        (r"factor\.renamed", "method_renamed"),
        (r"password\.changed", "password_changed"),
        (r"password\.chosen", "password_chosen"),
        (r"password\.reset", "password_reset"),
        (r"recovery\.link\.sent", "recovery_mailed"),
        (r"recovery\.started", "recovery_started"),
        (r"recovery\.completed", "recovery_completed"),
        (r"recovery\.cancelled", "recovery_stopped"),
        (r"user\.reported", "reported"),
        (r"device\.trusted", "browser_trusted"),
        (r"device\.untrusted|user\.devices\.untrusted", "browsers_untrusted"),
        (r"challenge\.approval\.approved", "sign_in_approved"),
        (r"challenge\.approval\.(denied|mismatched)", "sign_in_denied"),
        (r"push\.subscription\.added", "notifications_on"),
        (r"push\.subscription\.(removed|gone)", "notifications_off"),
        (r"enrol\.skipped", "put_off"),
        (r"(refresh_token\.reused|code\.replayed)", "access_ended"),
        (r"ticket\.issued", "ticket_issued"),
        (r"ticket\.used", "ticket_used"),
        (r"consent\.granted", "application_allowed"),
        (r"consent\.denied", "application_denied"),
        (r"application\.removed", "application_removed"),
        (r"profile\.changed", "profile_changed"),
        (r"email\.change\.asked", "address_asked"),
        (r"(user\.)?email\.changed", "address_changed"),
        (r"phone\.change\.asked", "number_asked"),
        (r"(user\.)?phone\.changed", "number_changed"),
        (r"user\.signed_up", "created"),
        (r"data\.exported", "data_exported"),
        (r"user\.added|setup\.completed", "created"),
        (r"user\.disabled", "suspended"),
        (r"user\.enabled", "let_in_again"),
        (r"user\.changed", "profile_changed"),
        (r"(user\.)?factors\.reset", "methods_reset"),
        (r"user\.roles\.changed", "roles_changed"),
        (r"temporary_code\.issued", "code_issued"),
        (r"user\.sessions\.ended", "signed_out_by_staff"),
        (r"user\.unlocked", "unlocked"),
        (r"user\.enrolment\.asked", "asked_to_enrol"),
        (r"user\.enrolment\.taken_back", "asked_no_longer"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened."""

    at: datetime
    kind: str
    factor: str = ""
    application: str = ""
    address: str = ""
    reasons: tuple[str, ...] = ()
    """Why a proof was asked, as reason codes."""


class Activity:
    """Tells what has happened."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def recent(self, tx: Tx, user: User, *, limit: int = MOST) -> tuple[Happening, ...]:
        """Return what happened last, newest first."""
        read = max(_READ, limit)
        events = audit.list_events(tx, limit=read, user_id=user.id)
        found = list(_known(events))[:limit]
        why = {
            record.interaction_id: record.reasons
            for record in decisions.list_decisions(tx, limit=read, user_id=user.id)
        }
        names = _names(tx, (event for event, _, _ in found))
        happened = [
            Happening(
                at=event.at,
                kind=kind,
                factor=factor or str(event.details.get("factor", "")),
                application=names.get(event.client_id, event.client_id),
                # Where an administrator was when they did it is theirs to know.
                address="" if event.details.get("by", user.id) != user.id else event.address,
                reasons=why.get(event.interaction_id, ()) if event.interaction_id else (),
            )
            for event, kind, factor in found
        ]
        ends = [
            Happening(at=end, kind="code_expired", factor=temporary_code.NAME)
            for end in _ends(events, self._clock.now())
        ]
        return tuple(sorted(happened + ends, key=lambda each: each.at, reverse=True)[:limit])


def _ends(events: Iterable[Event], now: datetime) -> Iterator[datetime]:
    """Yield when temporary codes came to their end: no event says so, as nothing happened with them until then."""
    gone_at: datetime | None = None
    for event in events:  # newest first
        if event.name == "temporary_code.issued":
            end = datetime.fromisoformat(str(event.details[UNTIL])) if UNTIL in event.details else None
            if end is not None and end <= now and (gone_at is None or end < gone_at):
                yield end
        if _GONE.fullmatch(event.name) is not None or event.details.get("factor") == temporary_code.NAME:
            gone_at = event.at


def _known(events: Iterable[Event]) -> Iterator[tuple[Event, str, str]]:
    for event in events:
        found = kind_of(event.name)
        if found is not None:
            yield event, *found


def kind_of(event: str) -> tuple[str, str] | None:
    """Return what kind of happening an event is to its person, and the factor that its name has; None: not shown."""
    for pattern, kind in KINDS:
        match = pattern.fullmatch(event)
        if match is not None:
            return kind, match.groupdict().get("factor", "")
    return None


def _names(tx: Tx, events: Iterable[Event]) -> Mapping[str, str]:
    """Return what the applications are called."""
    found = {client_id: clients.get(tx, client_id) for client_id in {event.client_id for event in events} if client_id}
    return {client_id: client.client_name for client_id, client in found.items() if client and client.client_name}
