"""What a decision was made from, as JSON that a record keeps: enough to decide the same again (policy.md §4).

Evaluation is pure, so the trace needs no storing. No secret is in it: evidence names credentials, never material.
`redacted` takes the address out where records must not keep it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import msgspec
from msgspec.structs import replace

from idp.core.assurance import Evidence
from idp.core.errors import ConfigError, Problem
from idp.policy.model import Demand, EnrolAsk, Enrolled, Facts, FactValue, Mark

_ADDRESS_FACTS = frozenset({"net.ip"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Snapshot:
    """Facts with their marks kept apart, as JSON has no room for them among texts."""

    demand: Demand
    interaction_id: str
    user_id: str | None
    values: dict[str, str | int | float | bool | tuple[str, ...]]
    marks: dict[str, Mark]
    enrollable: tuple[str, ...]
    enrolled_here: bool
    enrol_asks: tuple[EnrolAsk, ...]
    evidence: tuple[Evidence, ...]
    enrolled: tuple[Enrolled, ...]
    now: datetime
    signs_in: bool = True
    format: int = field(default=1)


_DECODER = msgspec.json.Decoder(_Snapshot)


def snapshot(facts: Facts, evidence: Sequence[Evidence], enrolled: Sequence[Enrolled], now: datetime) -> str:
    """Return everything a decision was made from."""
    kept = _Snapshot(
        demand=facts.demand,
        interaction_id=facts.interaction_id,
        user_id=facts.user_id,
        values={name: value for name, value in facts.values.items() if not isinstance(value, Mark)},
        marks={name: value for name, value in facts.values.items() if isinstance(value, Mark)},
        enrollable=tuple(facts.enrollable),
        enrolled_here=facts.enrolled_here,
        enrol_asks=tuple(facts.enrol_asks),
        evidence=tuple(evidence),
        enrolled=tuple(enrolled),
        now=now,
        signs_in=facts.signs_in,
    )
    return msgspec.json.encode(kept).decode()


def restore(text: str) -> tuple[Facts, tuple[Evidence, ...], tuple[Enrolled, ...], datetime]:
    """Return what `snapshot` kept; raise ConfigError when it is no such text."""
    try:
        kept = _DECODER.decode(text)
    except (msgspec.MsgspecError, UnicodeEncodeError) as error:
        raise ConfigError([Problem(f"not a decision record: {error}")]) from error
    facts = Facts(
        demand=kept.demand,
        interaction_id=kept.interaction_id,
        values=cast("Mapping[str, FactValue]", {**kept.values, **kept.marks}),
        user_id=kept.user_id,
        enrollable=kept.enrollable,
        enrolled_here=kept.enrolled_here,
        enrol_asks=kept.enrol_asks,
        signs_in=kept.signs_in,
    )
    return facts, kept.evidence, kept.enrolled, kept.now


def redacted(text: str) -> str:
    """Return a snapshot without network addresses; a rule that read one now finds it unknown."""
    facts, evidence, enrolled, now = restore(text)
    values = {name: Mark.UNKNOWN if name in _ADDRESS_FACTS else value for name, value in facts.values.items()}
    return snapshot(replace(facts, values=values), evidence, enrolled, now)
