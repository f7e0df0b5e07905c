"""Asking a policy before it decides, through the API: lint, the simulator, replay. Nothing is changed (ADM-09)."""

from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Annotated

import msgspec

from idp.admin import access
from idp.admin.access import Permission
from idp.admin.api.calls import AdminOperation, Body, Call, Mistake, Short, mistakes, refused
from idp.admin.api.drafts import Text
from idp.admin.api.policies import MAKES
from idp.admin.api.policies_shown import Tried
from idp.admin.api.reasons import Reasons, reasons_of
from idp.admin.api.replays_shown import ReplayShown, replay_of
from idp.admin.policies.drafting import Drafting
from idp.admin.policies.replays.service import USUAL, Replays
from idp.admin.policies.simulator.service import Question, Simulator, facts_of
from idp.core.clock import Clock
from idp.core.errors import ConfigError, NotFoundError
from idp.login.policies import Policies
from idp.policy.language import Bundle
from idp.policy.lint import lint
from idp.policy.loader import load_text
from idp.policy.operators import address_of
from idp.policy.prospects import Shown
from idp.policy.trial import run_tests
from idp.records.bundles.drafts import store as drafts
from idp.records.bundles.model import Draft
from idp.records.bundles.replays import store as replays

_FILE = "policy.yaml"
Few = Annotated[tuple[Short, ...], msgspec.Meta(max_length=20)]
Seconds = Annotated[int, msgspec.Meta(ge=0, le=315_360_000)]


class Linted(Body, frozen=True, kw_only=True):
    """The text that is looked at."""

    text: Text


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a text, and what is only odd; each with its line."""

    loads: bool
    errors: tuple[Mistake, ...]
    warnings: tuple[Mistake, ...]
    tests: tuple[Tried, ...]


class Proof(Body, frozen=True, kw_only=True):
    """A proof that is supposed to have been given: so many seconds ago, or here and now."""

    factor: Short
    age: Seconds | None = None


class Supposed(Body, frozen=True, kw_only=True):
    """What is supposed: who, at which application, from where, with which proofs; by the live policy or by a draft."""

    who: Short = ""
    """A username; empty: a visitor whom nobody knows."""
    client: Short = ""
    actions: Few = ()
    acr_values: Few = ()
    max_age: Seconds | None = None
    address: Short = ""
    proofs: Annotated[tuple[Proof, ...], msgspec.Meta(max_length=20)] = ()
    facts: dict[Short, Short] = msgspec.field(default_factory=dict)
    draft: Short = ""


class Replayed(Body, frozen=True, kw_only=True):
    """How many days a draft is held against."""

    days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = USUAL


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOperations:
    """The use cases behind the operations."""

    policies: Policies
    drafting: Drafting
    simulator: Simulator
    replays: Replays
    clock: Clock

    def all(self) -> tuple[AdminOperation, ...]:
        """Return every operation; asking takes the same right as editing (ADM-09)."""
        asks = partial(AdminOperation, verb="POST", action=access.CONSOLE, scopes=MAKES, permission=Permission.MANAGE)
        missing = {"404": "there is no such draft, person or application"}
        return (
            asks(path="/policies/lint", name="lintPolicy", summary="Check a text", handle=self.lint, takes=Linted,
                 gives=Findings),
            asks(path="/policies/simulations", name="simulate", summary="Say what would be decided about somebody",
                 handle=self.simulate, takes=Supposed, gives=Reasons, refusals=missing),
            asks(path="/policies/drafts/{id}/replays", name="startReplay", handle=self.replay, takes=Replayed,
                 gives=ReplayShown, is_new=True,
                 summary="Hold a draft against the decisions of some days; it is done beside the requests"),
            AdminOperation(verb="GET", path="/policies/replays/{id}", name="readReplay", handle=self.replayed,
                           action=access.CONSOLE, gives=ReplayShown, summary="How far a replay is, and what it found"),
            asks(verb="DELETE", path="/policies/replays/{id}", name="discardReplay", handle=self.discard,
                 summary="Throw a replay away, running or not"),
        )  # fmt: skip

    def lint(self, call: Call) -> Findings:
        """Look at a text."""
        try:
            bundle = load_text(call.body.text, file=_FILE, traits=self.policies.traits)
        except ConfigError as error:
            return Findings(loads=False, errors=mistakes(error.problems), warnings=(), tests=())
        found = lint(bundle)
        tests = tuple(
            Tried(name=each.name, passed=each.is_passed, differences=each.differences) for each in run_tests(bundle)
        )
        return Findings(loads=True, errors=mistakes(found.errors), warnings=mistakes(found.warnings), tests=tests)

    def simulate(self, call: Call) -> Reasons:
        """Suppose something."""
        body: Supposed = call.body
        if body.address and address_of(body.address) is None:
            raise refused("It may not be supposed", errors=(Mistake(detail="must be an IP address", field="address"),))
        question = Question(
            who=body.who,
            client=body.client,
            actions=body.actions,
            acr_values=body.acr_values,
            max_age=body.max_age,
            address=body.address,
            shown=tuple(Shown(each.factor, _age(each)) for each in body.proofs),
            facts=facts_of(f"{name}={value}" for name, value in body.facts.items()),
        )
        bundle = self._draft(call, body.draft) if body.draft else self.policies.live(call.tx)
        return reasons_of(self.simulator.decision(call.tx, bundle, question, now=self.clock.now()))

    def replay(self, call: Call, *, id: str) -> ReplayShown:
        """Ask for a replay of a draft that loads."""
        draft = _found(call, id)
        self.drafting.load(draft)
        return replay_of(call.tx, self.replays.start(call.tx, draft, days=call.body.days, by=call.staff.by))

    def replayed(self, call: Call, *, id: str) -> ReplayShown:
        """Return how far one is."""
        job = replays.get(call.tx, id)
        if job is None:
            raise NotFoundError
        return replay_of(call.tx, job)

    def discard(self, call: Call, *, id: str) -> None:
        """Throw one away."""
        if not replays.remove(call.tx, id):
            raise NotFoundError

    def _draft(self, call: Call, draft_id: str) -> Bundle:
        return self.policies.here(self.drafting.load(_found(call, draft_id)))


def _found(call: Call, draft_id: str) -> Draft:
    draft = drafts.get(call.tx, draft_id)
    if draft is None:
        raise NotFoundError
    return draft


def _age(proof: Proof) -> timedelta | None:
    return None if proof.age is None else timedelta(seconds=proof.age)
