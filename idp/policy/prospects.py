"""What would become of somebody under a policy: the questions of the lock-out guard and of the simulator.

For the guard (policy.md §5) every credential is supposed to be proved here and now; what `decide` then still asks for,
the person cannot give.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from idp.core.assurance import Evidence
from idp.policy.engine import decide
from idp.policy.language import Bundle
from idp.policy.model import Decision, Demand, Enrolled, Facts, FactValue, Outcome

_HERE = "here"


class Prospect(StrEnum):
    """What would become of somebody at a door."""

    MEETS = "meets"
    ENROLS = "enrols"
    """They would have to set something up first, and could."""
    FAILS = "fails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person as the policy sees them when nobody is there."""

    user_id: str
    enrolled: tuple[Enrolled, ...]
    values: Mapping[str, FactValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Something people ask for: to sign in somewhere, or an action of our own pages."""

    demand: Demand
    values: Mapping[str, FactValue] = field(default_factory=dict)


def prospect(bundle: Bundle, somebody: Somebody, door: Door, *, enrollable: tuple[str, ...], now: datetime) -> Prospect:
    """Return what would become of somebody who proves all they can."""
    facts = Facts(
        demand=door.demand,
        interaction_id=_HERE,
        values={**somebody.values, **door.values},
        user_id=somebody.user_id,
        enrollable=enrollable,
    )
    evidence = [_proof(somebody.user_id, each, now) for each in somebody.enrolled]
    decision = decide(bundle, facts, evidence, somebody.enrolled, now=now)
    if decision.outcome is Outcome.ALLOW or decision.skippable:
        return Prospect.MEETS
    return Prospect.ENROLS if decision.outcome is Outcome.ENROL else Prospect.FAILS


@dataclass(frozen=True, slots=True)
class Shown:
    """A proof that somebody is supposed to have given: so long ago, or in this very interaction."""

    factor: str
    age: timedelta | None = None
    """None: here and now."""


def supposed(
    bundle: Bundle,
    somebody: Somebody,
    door: Door,
    shown: Sequence[Shown],
    *,
    enrollable: tuple[str, ...],
    now: datetime,
) -> Decision:
    """Return what a policy would say to somebody who has shown this much at this door: the simulator (policy.md §4).

    Whoever has shown nothing is a visitor whom nobody knows. A proof of what they have not set up is none.
    """
    facts = Facts(
        demand=door.demand,
        interaction_id=_HERE,
        values={**somebody.values, **door.values} if shown else door.values,
        user_id=somebody.user_id if shown else None,
        enrollable=enrollable,
    )
    evidence = [
        replace(_proof(somebody.user_id, each, now - (proof.age or timedelta(0))), interaction_id=_where(proof))
        for proof in shown
        for each in somebody.enrolled
        if each.factor == proof.factor
    ]
    return decide(bundle, facts, evidence, somebody.enrolled if shown else (), now=now)


def _where(proof: Shown) -> str:
    return _HERE if proof.age is None else "earlier"


def likeness(bundle: Bundle, somebody: Somebody, *, now: datetime) -> tuple[object, ...]:
    """Return what people have in common of whom the policy thinks alike, so that each kind is judged once."""
    hold = bundle.enrolment.hold
    channels: dict[str, int] = {}
    credentials = sorted(
        (
            each.factor,
            tuple(sorted(each.properties)),
            channels.setdefault(each.channel, len(channels)),
            bool(hold) and now - each.since < hold,
        )
        for each in somebody.enrolled
    )
    values = tuple((name, value) for name, value in sorted(somebody.values.items()) if name in bundle.facts)
    return *credentials, values, somebody.user_id if "user.id" in bundle.facts else ""


def _proof(user_id: str, enrolled: Enrolled, now: datetime) -> Evidence:
    return Evidence(
        factor=enrolled.factor,
        at=now,
        user_id=user_id,
        credential_id=enrolled.credential_id,
        interaction_id=_HERE,
        channel=enrolled.channel,
        properties=enrolled.properties,
    )
