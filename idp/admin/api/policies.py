"""Policies, through the API: what decides, what it was before, and the way from one version to the next."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated

import msgspec

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.api.calls import AdminOperation, Body, Call, Limit, Page, Query, Short
from idp.admin.api.outcomes import REFUSALS, outcome_of
from idp.admin.api.policies_shown import (
    Change,
    Live,
    Outcome,
    Proposed,
    Published,
    Version,
    beside_of,
    changes_of,
    proposed_of,
    published_of,
    version_of,
)
from idp.admin.policies.exchange.comparing import compared
from idp.admin.policies.publishing import Publisher
from idp.admin.policies.rolling_out import Rollouts
from idp.core.assurance import TraitsTable
from idp.core.errors import NotFoundError
from idp.records.bundles import store as bundles
from idp.records.bundles.model import Rollout
from idp.records.bundles.proposals import store as proposals
from idp.records.bundles.publications import store as publications
from idp.records.bundles.rollouts import store as rollouts
from idp.records.clients import own_api

MAKES = (own_api.POLICY,)
Note = Annotated[str, msgspec.Meta(max_length=200)]


class Newest(Query, frozen=True, kw_only=True):
    """How many of the newest are shown."""

    limit: Limit = 50


class Beside(Query, frozen=True, kw_only=True):
    """With which version one is compared; empty: with the one it was begun on."""

    beside: Short = ""


class Back(Body, frozen=True, kw_only=True):
    """To which version; empty: to the one before."""

    version: Short = ""
    note: Note = ""


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What one version does otherwise than another."""

    version: str
    beside: str
    readable: bool
    """Whether this release can read both; where not, nothing is said of their changes."""
    changes: tuple[Change, ...]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How often a shadow would have decided otherwise at one application."""

    effect: str
    client: str
    count: int


class Compared(msgspec.Struct, frozen=True, kw_only=True):
    """What a shadow would have changed since it was started."""

    version: str
    compared: int
    differing: tuple[Counted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOperations:
    """The use cases behind the operations."""

    publisher: Publisher
    rollouts: Rollouts
    traits: TraitsTable

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation."""
        looks = partial(AdminOperation, verb="GET", action=access.CONSOLE)
        change = partial(AdminOperation, action=access.POLICY, scopes=MAKES, permission=Permission.MANAGE)
        return (
            looks(path="/policies/live", name="readPolicy", summary="What decides now", handle=self.live, gives=Live),
            looks(path="/policies/publications", name="listPublications", handle=self.history, asks=Newest,
                  gives=Page[Published], summary="What was live when, newest first"),
            looks(path="/policies/versions/{version}", name="exportPolicy", handle=self.version, gives=Version,
                  summary="One version, its text as it was written"),
            looks(path="/policies/versions/{version}/changes", name="compareVersions", handle=self.compared,
                  asks=Beside, gives=Changes, refusals={"404": "there is no such version, or none to compare with"},
                  summary="What one version does otherwise than another, or than the one it was begun on"),
            change(verb="POST", path="/policies/rollback", name="rollBack", handle=self.back, takes=Back,
                   gives=Outcome, summary="Go back to an earlier version at once",
                   refusals={**REFUSALS, "404": "there is no version to go back to"}),
            looks(path="/policies/proposals", name="listProposals", handle=self.proposed, asks=Newest,
                  gives=Page[Proposed], summary="What waits for a second administrator"),
            change(verb="POST", path="/policies/proposals/{id}/approve", name="approveProposal", handle=self.approve,
                   gives=Outcome, summary="Agree with what another has proposed, and so publish it",
                   refusals=REFUSALS),
            looks(path="/policies/shadow", name="readShadow", handle=self.shadow, gives=Compared,
                  summary="What the shadow would have changed so far", refusals={"404": "there is none"}),
            *(
                change(verb="DELETE", path=f"/policies/{kind.value}", name=name, summary=summary,
                       handle=self._ending(kind), refusals={"404": "there is none"})
                for kind, name, summary in (
                    (Rollout.SHADOW, "endShadow", "End the shadow"),
                    (Rollout.CANARY, "endCanary", "End the canary"),
                    (Rollout.SCHEDULED, "endSchedule", "Let what was to start later not start"),
                )
            ),
        )  # fmt: skip

    def live(self, call: Call) -> Live:
        """Return what decides now."""
        found, drift = self.publisher.live(call.tx), self.publisher.drift(call.tx)
        trials = [each for each in rollouts.list_rollouts(call.tx) if each.parent == found.version]
        return Live(
            version=found.version,
            name=found.name,
            text=found.text,
            beside=tuple(map(beside_of, trials)),
            drift=changes_of(drift.changes) if drift is not None else (),
        )

    def history(self, call: Call) -> Page[Published]:
        """Return what was live when."""
        found = publications.list_publications(call.tx, limit=call.query.limit)
        return Page(items=tuple(map(published_of, found)))

    def version(self, call: Call, *, version: str) -> Version:
        """Return one version."""
        stored = bundles.get(call.tx, version)
        if stored is None:
            raise NotFoundError
        return version_of(stored)

    def compared(self, call: Call, *, version: str) -> Changes:
        """Return what one does otherwise than another."""
        comparison = compared(call.tx, version, call.query.beside, traits=self.traits)
        if comparison.before is None:
            raise NotFoundError
        changes = comparison.changes
        return Changes(
            version=comparison.after.version,
            beside=comparison.before.version,
            readable=changes is not None,
            changes=changes_of(changes or ()),
        )

    def back(self, call: Call) -> Outcome:
        """Go back."""
        found = self.publisher.rollback(call.tx, call.body.version, by=call.staff.by, note=call.body.note)
        return outcome_of(found)

    def proposed(self, call: Call) -> Page[Proposed]:
        """Return what waits."""
        return Page(items=tuple(map(proposed_of, proposals.list_open(call.tx, limit=call.query.limit))))

    def approve(self, call: Call, *, id: str) -> Outcome:
        """Agree."""
        return outcome_of(self.publisher.approve(call.tx, id, by=call.staff.by))

    def shadow(self, call: Call) -> Compared:
        """Return what the shadow would have changed."""
        found = self.rollouts.comparison(call.tx)
        if found is None:
            raise NotFoundError
        counted = (
            Counted(effect=effect, client=client, count=count)
            for (effect, client), count in found.clients.most_common()
        )
        return Compared(version=found.version, compared=found.compared, differing=tuple(counted))

    def _ending(self, kind: Rollout) -> Callable[[Call], None]:
        def end(call: Call) -> None:
            if not self.rollouts.end(call.tx, kind, by=call.staff.by):
                raise NotFoundError

        return end
