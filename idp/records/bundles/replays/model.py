"""Replays: what is to be held against what, how far it has come, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Count:
    """How many decisions of one effect fall to one client, group or rule."""

    effect: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Sample:
    """One decision that would have come out otherwise."""

    effect: str
    decision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a draft would have changed: totals by effect, then by client, group and rule, the greatest first."""

    records: int = 0
    unreadable: int = 0
    extra: int = 0
    """Proofs asked beside those that were asked."""
    abandoned: int = 0
    """Decisions about what somebody left half-way."""
    given_up: tuple[Count, ...] = ()
    """How many of those are in each effect."""
    effects: tuple[Count, ...] = ()
    clients: tuple[Count, ...] = ()
    groups: tuple[Count, ...] = ()
    rules: tuple[Count, ...] = ()
    samples: tuple[Sample, ...] = ()


class State(StrEnum):
    """Where a replay is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One replay. Whoever runs it holds it by `claim` until `claimed_until`; whoever dies leaves it to another."""

    id: str
    draft_id: str
    by: str
    created_at: datetime
    since: datetime
    until: datetime
    before_text: str = field(repr=False)
    """The live policy of that moment, and the draft's text beside it: either may have changed since."""
    after_text: str = field(repr=False)
    total: int = 0
    done: int = 0
    claim: str = ""
    claimed_until: datetime | None = None
    finished_at: datetime | None = None
    failure: str = ""
    report: Report = field(default_factory=Report)

    @property
    def state(self) -> State:
        """Where it is."""
        if self.finished_at is not None:
            return State.FAILED if self.failure else State.DONE
        return State.RUNNING if self.claim else State.WAITING

    @property
    def days(self) -> int:
        """How many days it looks back."""
        return max(1, (self.until - self.since).days)
