"""Where everybody is signed in, and how one session is ended. Nothing shows a secret of a session, or its proofs.

A list is read page by page along an index and never counted, so that it costs the same for ten people and a million.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from idp.admin.listing import place
from idp.admin.people.holding import held
from idp.admin.people.named import person_called
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.login import ending
from idp.login.policies import Policies
from idp.records.audit import store as audit
from idp.records.clients import store as clients
from idp.records.grants import store as grants
from idp.records.sessions import store as sessions
from idp.records.sessions.finding import store as finding
from idp.records.sessions.finding.model import Sort, Wanted
from idp.records.sessions.model import Session
from idp.records.users.finding import store as people
from idp.records.users.model import User
from idp.storage.tx import Tx

SIZE = 25
"""Sessions on one page."""
_LONGEST = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the list, as it stands in the address; empty: whoever's, wherever."""

    person: str = ""
    """A username, an e-mail address or an id."""
    client: str = ""
    """A `client_id`, or the name of one application."""
    address: str = ""
    sort: Sort = Sort.CREATED
    is_oldest_first: bool = False
    behind: tuple[datetime, str] | None = None

    def query(self, **changes: object) -> str:
        """Return the query of the same look with something changed, from the start unless `at` and `id` are given."""
        shown = {
            "person": self.person,
            "client": self.client,
            "address": self.address,
            "sort": self.sort if self.sort is not Sort.CREATED else "",
            "order": "asc" if self.is_oldest_first else "",
        }
        return "?" + urlencode({name: value for name, value in {**shown, **changes}.items() if value})

    def toggled(self, sort: str) -> str:
        """Return the query that sorts by this moment, the other way round if it is sorted by it already."""
        turns = sort == self.sort and not self.is_oldest_first
        return self.query(sort="" if sort == Sort.CREATED else sort, order="asc" if turns else "")

    def place_of(self, session: Session) -> tuple[datetime, str]:
        """Return the place of a session in this order, behind which a list goes on."""
        return (session.seen_at if self.sort is Sort.SEEN else session.created_at), session.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """One session: whose, and for what it was used."""

    session: Session
    user: User | None
    """None: they have been deleted since."""
    clients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One page."""

    rows: tuple[SignedIn, ...] = ()
    is_more: bool = False
    """Whether there are others behind these."""
    person: User | None = None
    """Whose alone these are."""
    is_nobody: bool = False
    """Whether the person that was asked for does not exist."""


class SessionsDesk:
    """Looks through sessions, and ends them."""

    def __init__(self, *, policies: Policies, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock

    def search(self, tx: Tx, look: Look, *, limit: int = SIZE) -> Found:
        """Return one page of sessions that may still be used, in the order of the look."""
        person = person_called(tx, look.person)
        if look.person and person is None:
            return Found(is_nobody=True)
        wanted = Wanted(
            user_id=person.id if person else "",
            client_id=_client_called(tx, look.client),
            address=look.address,
            sort=look.sort,
            is_oldest_first=look.is_oldest_first,
            behind=look.behind,
        )
        now = self._clock.now()
        idle_since = now - self._policies.live(tx).sessions.idle
        found = finding.list_open(tx, wanted, now=now, idle_since=idle_since, limit=limit + 1)
        shown = found[:limit]
        known = people.by_id(tx, {each.user_id for each in shown})
        used = finding.clients_of(tx, [each.id for each in shown])
        rows = (SignedIn(session=each, user=known.get(each.user_id), clients=used.get(each.id, ())) for each in shown)
        return Found(rows=tuple(rows), is_more=len(found) > limit, person=person)

    def end(self, tx: Tx, staff: Staff, session_id: str) -> None:
        """End one session and what was granted in it. Raises ForbiddenError (ADM-21), and NotFoundError."""
        session, now = sessions.get(tx, session_id), self._clock.now()
        if session is None:
            raise NotFoundError
        user = held(tx, staff, session.user_id)
        if ending.end(tx, session, now):
            grants.revoke_session(tx, session.id, now)
            event = staff.event("session.ended", at=now, user_id=user.id)
            audit.add(tx, replace(event, session_id=session.id))


def _client_called(tx: Tx, text: str) -> str:
    """Return the id of the application that is meant: a name that looks like another's id does not stand for it."""
    return text if not text or clients.get(tx, text) is not None else clients.id_named(tx, text) or text


def read(query: Mapping[str, str]) -> Look:
    """Return what a query asks for; a place that is none of ours is the start (ADM-16)."""
    return Look(
        person=query.get("person", "").strip()[:_LONGEST],
        client=query.get("client", "").strip()[:_LONGEST],
        address=query.get("address", "").strip()[:_LONGEST],
        sort=Sort.SEEN if query.get("sort") == Sort.SEEN else Sort.CREATED,
        is_oldest_first=query.get("order") == "asc",
        behind=place(query),
    )
