"""What administrators see of people: no secret, and of nobody what they have set up beyond that it is there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from idp.admin.listing import SIZE, Listing
from idp.admin.people.helping import KEPT
from idp.admin.policies.somebody import somebody_of
from idp.core.clock import Clock
from idp.factors.base import Credential
from idp.login import budget
from idp.login.installed import Build, Factors
from idp.login.left_alone import alone_with, longer_for
from idp.login.lost_factors import is_second
from idp.login.policies import Policies
from idp.login.situation import is_live
from idp.policy.model import Demand
from idp.policy.prospects import Door, Prospect, prospect
from idp.records.audit import store as audit
from idp.records.audit.model import Entry
from idp.records.decisions import store as decisions
from idp.records.decisions.model import DecisionRecord
from idp.records.devices.trusted import store as trusted
from idp.records.devices.trusted.model import TrustedDevice
from idp.records.sessions import store as sessions
from idp.records.sessions.model import Session
from idp.records.users import store as users
from idp.records.users.credentials import store as credentials
from idp.records.users.finding import store as finding
from idp.records.users.model import User
from idp.storage.tx import Tx

SHOWN = 20
"""Decisions and events on a person's page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One sign-in method: that it is there, and nothing of what it is."""

    id: str
    factor: str
    label: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lock:
    """Attempts of one family that are counted or stopped now."""

    family: str
    failures: int
    is_closed: bool
    until: datetime | None


class SecondStep(StrEnum):
    """How it stands with somebody's second step."""

    THERE = "there"
    MISSING = "missing"
    ASKED = "asked"
    """They are asked to set one up when they next sign in."""
    UNHEARD = "unheard"
    """An administrator wants it, and nothing comes of it: no rule asks, or they could not prove enough to do it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """All that the console shows of one person."""

    user: User
    held: tuple[Held, ...]
    locks: tuple[Lock, ...]
    sessions: tuple[Session, ...]
    trusted: tuple[TrustedDevice, ...]
    decisions: tuple[DecisionRecord, ...]
    events: tuple[Entry, ...]
    second_step: SecondStep
    longer_password: int
    """Characters: whose password is shorter chooses a longer one, or sets up a second step, at the next sign-in; 0: it
    may stay."""
    longer_after_reset: int
    """The same, should every second step be removed."""


class PeopleDesk:
    """Finds people and shows them."""

    def __init__(self, *, policies: Policies, build_factors: Build, clock: Clock) -> None:
        self._policies = policies
        self._factors = Factors(build_factors)
        self._clock = clock

    def search(self, tx: Tx, listing: Listing) -> tuple[tuple[User, ...], int]:
        """Return one page of people, and how many there are."""
        return finding.search(
            tx,
            listing.text,
            sort=listing.sort,
            is_descending=listing.is_descending,
            limit=SIZE,
            offset=listing.offset,
        )

    def card(self, tx: Tx, user_id: str) -> Card | None:
        """Return what is shown of a person; None where there is nobody."""
        user = users.get(tx, user_id)
        if user is None:
            return None
        found, bundle = credentials.list_credentials(tx, user.id), self._policies.for_person(tx, user.id)
        held, kept = _held(found), tuple(each for each in found if each.factor in KEPT)
        return Card(
            user=user,
            held=held,
            locks=tuple(self._locks(tx, user)),
            sessions=self._live(tx, user),
            trusted=self._trusted(tx, user),
            decisions=decisions.list_decisions(tx, limit=SHOWN, user_id=user.id),
            events=audit.list_page(tx, limit=SHOWN, user_id=user.id),
            second_step=self._second_step(tx, user, held),
            longer_password=longer_for(user, bundle, found),
            longer_after_reset=alone_with(bundle, kept) if len(kept) < len(found) else 0,
        )

    def _second_step(self, tx: Tx, user: User, held: Sequence[Held]) -> SecondStep:
        """Say how it stands; what would come of asking is asked of the policy, and nothing is supposed about it."""
        bundle, now = self._policies.for_person(tx, user.id), self._clock.now()
        if any(is_second(each.factor, bundle.traits) for each in held):
            return SecondStep.THERE
        if user.must_enrol_at is None:
            return SecondStep.MISSING
        somebody = somebody_of(tx, user, credentials.list_held_by(tx, user.id), now)
        door, enrollable = Door(demand=Demand(client_id="")), self._factors.under(bundle).enrollable
        found = prospect(bundle, somebody, door, enrollable=enrollable, now=now)
        return SecondStep.ASKED if found is Prospect.ENROLS else SecondStep.UNHEARD

    def _trusted(self, tx: Tx, user: User) -> tuple[TrustedDevice, ...]:
        limits, now = self._policies.for_person(tx, user.id).trusted_devices, self._clock.now()
        found = trusted.list_trusted(tx, user.id)
        return tuple(each for each in found if each.lives(ttl=limits.ttl, idle=limits.idle, now=now))

    def _live(self, tx: Tx, user: User) -> tuple[Session, ...]:
        bundle, now = self._policies.for_person(tx, user.id), self._clock.now()
        return tuple(each for each in sessions.list_sessions(tx, user.id) if is_live(each, bundle=bundle, now=now))

    def _locks(self, tx: Tx, user: User) -> list[Lock]:
        locks, now = self._policies.for_person(tx, user.id).locks, self._clock.now()
        found = []
        for family in (budget.PASSWORD, budget.SECOND):
            key = budget.key_of(family, user, None)
            failures = budget.failures(tx, key)
            is_closed, until = budget.locked_until(tx, key, locks=locks, now=now)
            if failures:
                found.append(Lock(family=family, failures=failures, is_closed=is_closed, until=until))
        return found


def _held(found: Iterable[Credential]) -> tuple[Held, ...]:
    return tuple(
        Held(id=each.id, factor=each.factor, label=each.label, created_at=each.created_at, used_at=each.used_at)
        for each in found
    )
