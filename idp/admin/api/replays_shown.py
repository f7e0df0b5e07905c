"""Replays as the API shows them: how far one is, what it found, and decisions to look at."""

import msgspec

from idp.admin.api.calls import Moment
from idp.admin.policies.replays.examples import examples_of
from idp.records.bundles.replays.model import Count, Job, State
from idp.storage.tx import Tx


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """How often one thing would have happened; at an application, to a group or by a rule where it has a name."""

    effect: str
    name: str
    count: int


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One decision that would have come out otherwise."""

    effect: str
    decision: str
    at: Moment | None
    """None: the decision has been let go meanwhile."""
    user_id: str
    client_id: str
    outcome: str


class ReplayShown(msgspec.Struct, frozen=True, kw_only=True):
    """A replay: how far it is (`waiting`, `running`, `done`, `failed`), and then what a draft would have changed."""

    id: str
    draft: str
    state: State
    days: int
    total: int
    done: int
    failure: str
    records: int
    unreadable: int
    extra_challenges_a_day: float
    abandoned: int
    """Decisions about what somebody left half-way; `given_up` says how many of them are in each effect."""
    given_up: tuple[Hit, ...]
    effects: tuple[Hit, ...]
    clients: tuple[Hit, ...]
    groups: tuple[Hit, ...]
    rules: tuple[Hit, ...]
    examples: tuple[Example, ...]


def replay_of(tx: Tx, job: Job) -> ReplayShown:
    """Return a replay as it is shown."""
    found = job.report
    return ReplayShown(
        id=job.id,
        draft=job.draft_id,
        state=job.state,
        days=job.days,
        total=job.total,
        done=job.done,
        failure=job.failure,
        records=found.records,
        unreadable=found.unreadable,
        extra_challenges_a_day=round(found.extra / job.days, 2),
        abandoned=found.abandoned,
        given_up=_hits(found.given_up),
        effects=_hits(found.effects),
        clients=_hits(found.clients),
        groups=_hits(found.groups),
        rules=_hits(found.rules),
        examples=tuple(
            Example(
                effect=each.effect,
                decision=each.decision_id,
                at=each.at,
                user_id=each.user_id,
                client_id=each.client_id,
                outcome=each.outcome,
            )
            for each in examples_of(tx, found)
        ),
    )


def _hits(counts: tuple[Count, ...]) -> tuple[Hit, ...]:
    return tuple(Hit(effect=each.effect, name=each.name, count=each.count) for each in counts)
