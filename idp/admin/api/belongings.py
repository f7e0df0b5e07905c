"""What belongs to people, through the API: sessions of everybody, and of one person methods and trusted browsers."""

from dataclasses import dataclass
from functools import partial
from typing import Literal

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.api.calls import AdminOperation, Call, Cursor, Limit, Moment, Page, Query, Short, behind, page
from idp.admin.api.people_shown import SignedIn, TrustedBrowser, signed_in_of, trusted_of
from idp.admin.people.helping import Helping
from idp.admin.people.service import PeopleDesk
from idp.admin.sessions.service import Look, SessionsDesk
from idp.admin.sessions.service import SignedIn as Row
from idp.core.errors import NotFoundError
from idp.records.clients import own_api
from idp.records.sessions.finding.model import EARLIEST, LATEST, Sort


class Wanted(Query, frozen=True, kw_only=True):
    """Which sessions are shown: of a person by username, address or id, of a client by id or name, from an address.

    The order is that of when they began or were last used; a cursor is good for the order it was given in.
    """

    person: Short = ""
    client: Short = ""
    address: Short = ""
    sort: Sort = Sort.CREATED
    order: Literal["desc", "asc"] = "desc"
    limit: Limit = 50
    cursor: Cursor = ""


class SessionShown(SignedIn, frozen=True, kw_only=True):
    """One session: whose, and with which clients it was used."""

    person: str
    username: str
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BelongingsOperations:
    """The use cases behind the operations."""

    people: PeopleDesk
    helping: Helping
    sessions: SessionsDesk

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation."""
        looks = partial(AdminOperation, verb="GET", action=access.CONSOLE)
        helps = partial(
            AdminOperation, verb="DELETE", action=access.PEOPLE, scopes=(own_api.PEOPLE,), permission=Permission.HELP
        )
        trusted = "/people/{id}/trusted-browsers"
        return (
            looks(path="/sessions", name="listSessions", handle=self.found, asks=Wanted, gives=Page[SessionShown],
                  summary="Sessions that may still be used, by when they began or were last used"),
            helps(path="/sessions/{id}", name="endSession", handle=self.end,
                  summary="End a session, and what was granted in it"),
            helps(path="/people/{id}/methods/{method}", name="removeMethod", handle=self.remove,
                  summary="Take a second factor away; password and mailbox stay"),
            looks(path=trusted, name="listTrustedBrowsers", handle=self.trusted, gives=tuple[TrustedBrowser, ...],
                  summary="Browsers that somebody trusts"),
            helps(path=trusted, name="forgetTrustedBrowsers", handle=self.untrust,
                  summary="Let none of somebody's browsers be trusted any longer"),
            helps(path=f"{trusted}/{{browser}}", name="forgetTrustedBrowser", handle=self.untrust,
                  summary="Let a browser be trusted no longer"),
        )  # fmt: skip

    def found(self, call: Call) -> Page[SessionShown]:
        """Return sessions."""
        wanted: Wanted = call.query
        start = (EARLIEST if wanted.order == "asc" else LATEST, "")
        look = Look(
            person=wanted.person,
            client=wanted.client,
            address=wanted.address,
            sort=wanted.sort,
            is_oldest_first=wanted.order == "asc",
            behind=behind(wanted.cursor, tuple[Moment, str], start),
        )
        rows = self.sessions.search(call.tx, look, limit=wanted.limit + 1).rows
        return page(rows, wanted.limit, key=lambda each: look.place_of(each.session), shown=_shown)

    def end(self, call: Call, *, id: str) -> None:
        """End a session."""
        self.sessions.end(call.tx, call.staff, id)

    def remove(self, call: Call, *, id: str, method: str) -> None:
        """Remove a method."""
        self.helping.remove_method(call.tx, call.staff, id, method)

    def trusted(self, call: Call, *, id: str) -> tuple[TrustedBrowser, ...]:
        """Return trusted browsers."""
        card = self.people.card(call.tx, id)
        if card is None:
            raise NotFoundError
        return tuple(map(trusted_of, card.trusted))

    def untrust(self, call: Call, *, id: str, browser: str = "") -> None:
        """Trust one browser no longer, or none."""
        self.helping.untrust(call.tx, call.staff, id, browser)


def _shown(row: Row) -> SessionShown:
    seen = signed_in_of(row.session)
    return SessionShown(
        id=seen.id,
        created_at=seen.created_at,
        seen_at=seen.seen_at,
        expires_at=seen.expires_at,
        address=seen.address,
        user_agent=seen.user_agent,
        person=row.session.user_id,
        username=row.user.username if row.user else "",
        clients=row.clients,
    )
