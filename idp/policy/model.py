"""What policy speaks of: what is asked, what is known, what could be shown, what was decided.

Frozen values only. `engine.decide` turns (bundle, facts, evidence, enrolled, now) into a `Decision`; nothing here
decides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec
from msgspec import Struct

from idp.core.assurance import Evidence, Property


class Mark(StrEnum):
    """What stands in for a value that is not there (policy.md §2)."""

    ABSENT = "absent"
    """There was nothing to observe: every test of it is false."""
    UNKNOWN = "unknown"
    """Its source failed or is stale."""
    PENDING = "pending"
    """Not known before a first proof: the rule waits."""


FactValue = str | int | float | bool | tuple[str, ...] | Mark


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked by a relying party or one of our own pages.

    `acr_values` (OIDC Core 1.0 §3.1.2.1) and `essential_acr` (§5.5.1.1) are alternatives in order of preference;
    `requested_acr` is a non-essential `acr` claim. `max_age` is in seconds. `actions` are names from the bundle;
    `details` are the members of `authorization_details` that rules may read (`request.amount`).
    """

    client_id: str
    scopes: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()
    requested_acr: tuple[str, ...] = ()
    default_acr_values: tuple[str, ...] = ()
    max_age: int | None = None
    default_max_age: int | None = None
    prompt: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    details: Mapping[str, str | int | float | bool] = field(default_factory=dict)
    subject: str | None = None
    """User id that `id_token_hint` names: nobody else may answer this demand."""
    login_hint: str = ""
    ui_locales: tuple[str, ...] = ()


class Enrolled(Struct, frozen=True, kw_only=True):
    """One credential the person could use, and the best proof it could give."""

    factor: str
    credential_id: str
    channel: str
    since: datetime
    properties: frozenset[Property] = frozenset()
    available: bool = True
    """False while locked or while its gateway is down: it is not offered."""
    available_at: datetime | None = None
    used_here_at: datetime | None = None
    """When it last succeeded on this device; among equal options the latest comes first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolAsk:
    """How often, since when and when last a person has put off what one rule asks."""

    rule: str
    skips: int
    first_asked_at: datetime
    last_asked_at: datetime | None = None
    """None: it was put off before this was noted."""


class Facts(Struct, frozen=True, kw_only=True):
    """Everything a decision may look at besides evidence and enrolment.

    `values` holds registered facts by name; a name that is missing is absent. Facts that follow from evidence and
    enrolment (`user.reach`, `user.enrolled`) are computed by the engine and must not be given.
    `user_id` is None until somebody is known; only evidence that names this person can count.
    """

    demand: Demand
    interaction_id: str
    values: Mapping[str, FactValue] = msgspec.field(default_factory=dict)
    user_id: str | None = None
    enrollable: tuple[str, ...] = ()
    """Factors this installation can enrol now; empty where enrolment is not offered."""
    enrolled_here: bool = False
    """Whether this interaction has enrolled or skipped already: enrolment is offered once."""
    enrol_asks: tuple[EnrolAsk, ...] = ()
    signs_in: bool = True
    """Whether something has been proved in this interaction: nobody else is asked for what may be put off."""


class Outcome(StrEnum):
    """What must happen next, as far as policy can say."""

    ALLOW = "allow"
    CHALLENGE = "challenge"
    ENROL = "enrol"
    DENY = "deny"


class Requirement(Struct, frozen=True, kw_only=True):
    """The join of all that is required: every level in `acr`, by proofs no older than `max_age`, none forbidden."""

    acr: tuple[str, ...]
    max_age: timedelta | None = None
    forbid: frozenset[str] = frozenset()


class Assurance(Struct, frozen=True, kw_only=True):
    """What tokens may say: computed from one set, the proofs that count for this request (policy.md §3, Tokens)."""

    acr: str
    """Spelled as it was asked."""
    level: str
    """The level's own name in the bundle."""
    amr: tuple[str, ...]
    auth_time: datetime
    lapses_at: datetime | None
    """When the reported level ceases to hold; None when it has no `valid_for`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestTrace:
    """One test of one rule, and the value it saw."""

    fact: str
    operator: str
    expected: str
    seen: str
    result: bool | None
    """None: unknown or pending."""


class Check(NamedTuple):
    """The constant part of one test: what is compared with what."""

    fact: str
    operator: str
    expected: Any


class RuleTrace(NamedTuple):
    """What became of one rule. The words of its tests are made when they are read: most decisions nobody reads."""

    rule: str
    fired: bool
    in_scope: bool
    pending: bool
    checks: tuple[Check, ...] = ()
    seen: tuple[tuple[Any, bool | None], ...] = ()
    """What each of `checks` saw, and its result."""
    note: str = ""

    @property
    def tests(self) -> tuple[TestTrace, ...]:
        """Every test with the value it saw."""
        return tuple(
            TestTrace(
                fact=check.fact,
                operator=check.operator,
                expected=words(check.expected),
                seen=words(value),
                result=result,
            )
            for check, (value, result) in zip(self.checks, self.seen, strict=True)
        )


def words(value: object) -> str:
    """Return a value as an explanation shows it."""
    match value:
        case bool():
            return "true" if value else "false"
        case tuple() | list():
            return ", ".join(str(item) for item in value) or "none"
        case timedelta():
            return span(value)
        case _:
            return str(value)


def span(value: timedelta) -> str:
    """Return a span of time as policies write it (`5m`, `24h`, `7d`)."""
    seconds = int(value.total_seconds())
    for size, unit in ((86400, "d"), (3600, "h"), (60, "m")):
        if seconds and not seconds % size:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


class Decision(Struct, frozen=True, kw_only=True):
    """The answer, with all that explains it. Its id is given by whoever stores it."""

    outcome: Outcome
    required: Requirement
    assurance: Assurance | None
    """What is achieved now; None while no proof counts."""
    options: tuple[tuple[str, ...], ...] = ()
    """Challenge: sets of factors, each sufficient, best first. Enrol: the factors that would do, each alone."""
    skippable: bool = False
    """Enrol, or a challenge that only comes before it: whether the person may put it off."""
    enrol_rule: str = ""
    """The rule that asks to enrol."""
    because: tuple[str, ...] = ()
    """Rules and actions that fired."""
    reasons: tuple[str, ...] = ()
    """Reason codes in words for the person."""
    reason: str = ""
    """Deny: the reason code."""
    error: str = ""
    """The error an authorization response would carry if nothing more may be asked (`prompt=none`) or it is refused."""
    available_at: datetime | None = None
    """Deny for `factor_unavailable`: when trying again may help."""
    counted: tuple[Evidence, ...] = ()
    trace: tuple[RuleTrace, ...] = ()
