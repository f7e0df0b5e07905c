"""People, through the API: found, looked at, helped. Nothing shows a secret of theirs or sets one (ENR-26)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated, TypeVar

import msgspec

from idp.admin import access
from idp.admin.access import Permission, Role
from idp.admin.api.calls import (
    AdminOperation,
    Body,
    Call,
    Listing,
    Page,
    RefusedError,
    Short,
    Tagged,
    behind,
    etag,
    page,
    stale,
)
from idp.admin.api.people_shown import Person, PersonCard, card_of, person_of
from idp.admin.people.contacting import Contacting
from idp.admin.people.helping import Helping
from idp.admin.people.holding import held
from idp.admin.people.registering import NewPerson, Registering, renamed
from idp.admin.people.roles.service import Appointing
from idp.admin.people.service import Card, PeopleDesk
from idp.admin.staff import Staff
from idp.core.clock import Clock
from idp.core.errors import NotFoundError
from idp.records.clients import own_api
from idp.records.users.finding import store as finding
from idp.records.users.model import MAX_ADDRESS, User
from idp.storage.tx import Tx

Address = Annotated[str, msgspec.Meta(max_length=MAX_ADDRESS)]
_MAKES = (own_api.PEOPLE,)
_SECOND = timedelta(seconds=1)
Given = TypeVar("Given")
Change = Callable[[Tx, Staff, str], object]


class PersonAdded(Body, frozen=True, kw_only=True):
    """Who is to be added; an address that is not `email_verified` is proved by its owner later."""

    username: Short
    display_name: Short = ""
    email: Short = ""
    email_verified: bool = False
    groups: tuple[Short, ...] = ()


class PersonChange(Body, frozen=True, kw_only=True):
    """What is to be different; what is left out stays."""

    display_name: Short | msgspec.UnsetType = msgspec.UNSET
    groups: tuple[Short, ...] | msgspec.UnsetType = msgspec.UNSET
    email: Address | msgspec.UnsetType = msgspec.UNSET
    """Not proven until its owner has proved it; the one before is told."""
    phone: Short | msgspec.UnsetType = msgspec.UNSET
    """The same."""


class RolesGiven(Body, frozen=True, kw_only=True):
    """The roles that somebody is to have in the console, all of them."""

    roles: tuple[Role, ...]


class Ticket(msgspec.Struct, frozen=True, kw_only=True):
    """With this a person begins. It is shown once."""

    ticket: str
    url: str


class TemporaryCode(msgspec.Struct, frozen=True, kw_only=True):
    """Good once beside the password. It is shown once."""

    code: str
    expires_in: int
    """Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOperations:
    """The use cases behind the operations."""

    people: PeopleDesk
    helping: Helping
    registering: Registering
    contacting: Contacting
    clock: Clock
    appointing: Appointing
    begin_at: str
    """The page on which a ticket is used."""

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation."""
        looks = partial(AdminOperation, verb="GET", action=access.CONSOLE)
        helps = partial(AdminOperation, verb="POST", action=access.PEOPLE, scopes=_MAKES, permission=Permission.HELP)
        change = partial(helps, permission=Permission.MANAGE)
        return (
            looks(path="/people", name="listPeople", summary="People, by username", handle=self.found, asks=Listing,
                  gives=Page[Person]),
            change(path="/people", name="addPerson", summary="Add somebody", handle=self.add, takes=PersonAdded,
                   gives=Person, is_new=True, is_tagged=True),
            looks(path="/people/{id}", name="readPerson", summary="All that is shown of somebody", handle=self.one,
                  gives=PersonCard, is_tagged=True),
            change(verb="PATCH", path="/people/{id}", name="changePerson", summary="Change a name, groups or addresses",
                   handle=self.change, takes=PersonChange, gives=Person, is_tagged=True, is_conditional=True),
            helps(verb="PUT", path="/people/{id}/roles", name="assignRoles", permission=Permission.OWN,
                  summary="Let somebody else have these roles in the console", handle=self.assign, takes=RolesGiven,
                  gives=Person, is_tagged=True, is_conditional=True),
            change(path="/people/{id}/ticket", name="drawTicket", handle=self.ticket, gives=Ticket, is_new=True,
                   summary="Draw a ticket to begin with; those before it are void"),
            helps(path="/people/{id}/temporary-code", name="drawTemporaryCode", handle=self.temporary,
                  gives=TemporaryCode, is_new=True, summary="Draw a code for somebody who has lost their second step"),
            *(
                helps(path=f"/people/{{id}}/{path}", name=name, summary=summary, handle=self._doing(change))
                for path, name, summary, change in (
                    ("disable", "disablePerson", "Shut somebody out", self.helping.disable),
                    ("enable", "enablePerson", "Let somebody in again", self.helping.enable),
                    ("end-sessions", "endSessionsOfPerson", "Sign somebody out everywhere", self.helping.end_sessions),
                    ("unlock", "unlockPerson", "Forget failed attempts", self.helping.unlock),
                    ("reset-factors", "resetFactorsOfPerson", "Take every second factor away",
                     self.helping.reset_factors),
                    ("ask-to-enrol", "askToEnrol", "Ask somebody to set up a second step when they next sign in",
                     self.helping.ask_to_enrol),
                    ("ask-no-longer", "askNoLonger", "Take back that they are asked", self.helping.ask_no_longer),
                )
            ),
        )  # fmt: skip

    def found(self, call: Call) -> Page[Person]:
        """Return people."""
        after = behind(call.query.cursor, tuple[str], ("",))[0]
        rows = finding.list_after(call.tx, call.query.q, limit=call.query.limit + 1, after=after)
        return page(rows, call.query.limit, key=lambda user: (user.username,), shown=person_of)

    def add(self, call: Call) -> Tagged:
        """Add somebody."""
        body: PersonAdded = call.body
        new = NewPerson(
            username=body.username,
            display_name=body.display_name,
            email=body.email,
            is_email_verified=body.email_verified,
            groups=body.groups,
        )
        return _tagged(self.registering.add(call.tx, call.staff, new))

    def one(self, call: Call, *, id: str) -> Tagged:
        """Return all that is shown of somebody."""
        card = self._card(call.tx, id)
        return Tagged(card_of(card), _tag(card.user))

    def change(self, call: Call, *, id: str) -> Tagged:
        """Change a name, groups or addresses, as they were read."""
        user, body = held(call.tx, call.staff, id, Permission.MANAGE), call.body
        if call.if_match != _tag(user):
            raise stale("read the person again")
        if (body.display_name, body.groups) != (msgspec.UNSET, msgspec.UNSET):
            name, groups = _or(body.display_name, user.display_name), _or(body.groups, user.groups)
            user = renamed(call.tx, call.staff, user, display_name=name, groups=groups, now=self.clock.now())
        email, phone = _or(body.email, user.email), _or(body.phone, user.phone)
        return _tagged(self.contacting.change(call.tx, call.staff, user, email=email, phone=phone))

    def assign(self, call: Call, *, id: str) -> Tagged:
        """Let somebody have these roles, as they were read; only a person who is an owner may (ADM-21)."""
        user = self.appointing.held(call.tx, call.staff, id)
        if call.if_match != _tag(user):
            raise stale("read the person again")
        return _tagged(self.appointing.assign(call.tx, call.staff, user, call.body.roles))

    def ticket(self, call: Call, *, id: str) -> Ticket:
        """Draw a ticket."""
        drawn = self.registering.ticket(call.tx, call.staff, id)
        return Ticket(ticket=drawn.text, url=f"{self.begin_at}#{drawn.text}")

    def temporary(self, call: Call, *, id: str) -> TemporaryCode:
        """Draw a temporary code."""
        drawn = self.registering.temporary_code(call.tx, call.staff, id)
        return TemporaryCode(code=drawn.text, expires_in=(drawn.lasts or timedelta()) // _SECOND)

    def _doing(self, change: Change) -> Callable[..., None]:
        def do(call: Call, *, id: str) -> None:
            if change(call.tx, call.staff, id) is False:
                raise RefusedError(409, "already_enrolled", "They have a second step already")

        return do

    def _card(self, tx: Tx, user_id: str) -> Card:
        card = self.people.card(tx, user_id)
        if card is None:
            raise NotFoundError
        return card


def _or(given: Given | msgspec.UnsetType, present: Given) -> Given:
    return present if isinstance(given, msgspec.UnsetType) else given


def _tagged(user: User) -> Tagged:
    return Tagged(person_of(user), _tag(user))


def _tag(user: User) -> str:
    """Return the tag of what can be changed of somebody."""
    proven = (user.email_verified_at, user.phone_verified_at)
    changed = (user.display_name, user.groups, user.roles, user.email, user.phone, *proven, user.updated_at)
    kept = msgspec.json.encode(changed)
    return etag(hashlib.sha256(kept).hexdigest()[:16])
