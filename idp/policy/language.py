"""The bundle: one version of the policy, as the engine reads it (policy.md §1).

Frozen values only. `loader` makes them from YAML and nothing else does; durations are `timedelta`, names of levels are
the levels' own names (aliases are resolved at load), conditions are closures.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from idp.core.assurance import TraitsTable
from idp.policy.budgets import Budgets
from idp.policy.examples import Example
from idp.policy.model import Check, FactValue, Requirement

FIRST_LEVEL = "urn:idp:acr:1fa"
"""Always demanded: nothing is allowed on no evidence (policy.md §3.2)."""
TWO_STEPS = "urn:idp:acr:2sv"
MULTI_FACTOR = "urn:idp:acr:mfa"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """One way to hold a level: all it asks must be in the proofs that count.

    The three properties are asked of one and the same proof. Every alternative asks at least one proof.
    """

    kinds: int = 0
    proofs: int = 1
    channels: int = 1
    phishing_resistant: bool = False
    device_bound: bool = False
    attested: bool = False

    @property
    def counts_two(self) -> bool:
        """Tell whether more than one proof, or more than one kind, is asked."""
        return max(self.kinds, self.proofs, self.channels) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One alternative of a level, of it or of one as strong, ready to be held against proofs."""

    level: str
    """Whose alternative it is: `hold` and a recovery that cools off may keep proofs from it."""
    count: int
    """Proofs on channels of their own."""
    kinds: int
    shown: int
    """The bit of the properties that one proof must show (`levels`)."""
    counts_two: bool
    valid_for: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One value of `acr`."""

    name: str
    title: str
    needs: tuple[Alternative, ...]
    aliases: tuple[str, ...] = ()
    valid_for: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A named sensitive action: applications name it, the bundle says what it costs."""

    title: str
    require: Requirement


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """How long a session lives unused, and at all."""

    idle: timedelta = timedelta(hours=12)
    absolute: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """After how many failures the attempts stop, for how long, and for good (NIST SP 800-63B-4 §3.2.2)."""

    after: int = 10
    lock_for: timedelta = timedelta(minutes=15)
    ceiling: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedDevices:
    """How long a device stays trusted, at all and unused."""

    ttl: timedelta = timedelta(days=30)
    idle: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """Up to which level a person may enrol while signing in, and from when a new factor counts above it."""

    in_flow: str = ""
    """Empty: never."""
    hold: timedelta = timedelta(0)
    suggest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskShares:
    """Shares of legitimate sign-ins that may be challenged, and that count as high risk."""

    challenge: float = 0.05
    high: float = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLengths:
    """Least length of a password, and where it is the only factor."""

    min: int = 8
    alone: int = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Publishing:
    """What publishing takes beside a good bundle (policy.md §5)."""

    second_approver: bool = False
    """Whether another administrator must agree; the live bundle says so, not the one that is to be published."""
    drafts: timedelta = timedelta(days=90)
    """How long a draft stays that nobody touches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What decision records keep, and for how long (policy.md §4)."""

    keep: timedelta = timedelta(days=90)
    addresses: bool = True
    """Whether network addresses are kept: where not, a rule that reads one finds it unknown in a replay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a rule applies: every part that is given must match; an empty part matches everything."""

    clients: frozenset[str] = frozenset()
    client_tags: frozenset[str] = frozenset()
    actions: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolOrder:
    """The outcome of an `enrol` rule: to which level, how often and how long it may be put off, and how soon again."""

    level: str
    skips: int | None = 0
    """None: as often as a person likes."""
    within: timedelta | None = None
    cool_down: timedelta | None = None
    """How long it is not asked again after it was put off."""


Seen = list[tuple[FactValue, bool | None]]
Evaluate = Callable[[Mapping[str, FactValue], Seen], bool | None]
"""A compiled condition: reads facts, notes for each test what it saw, and is true, false or unknown (None)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A compiled condition with the tests it runs, in the order in which it notes what they saw."""

    evaluate: Evaluate = field(repr=False, compare=False)
    checks: tuple[Check, ...]
    conjuncts: tuple[Check, ...]
    """Those of `checks` that must all hold for the condition to hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule; exactly one of `require`, `deny`, `enrol` is set."""

    id: str
    scope: Scope
    condition: Condition | None
    unless: Condition | None
    matches_unknown: bool
    reason: str
    require: Requirement | None = None
    deny: str = ""
    enrol: EnrolOrder | None = None
    facts: frozenset[str] = frozenset()
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in the text."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One version of the policy."""

    name: str
    version: str
    """Hex SHA-256 of the canonical form: blind to comments and to the order of keys, but not to that of `acr`."""
    text: str = field(repr=False)
    levels: Mapping[str, Level]
    names: Mapping[str, str]
    """Every name and alias of a level, to the level's own name."""
    stronger: Mapping[str, tuple[str, ...]]
    """By level: itself and all that are as strong (derived; policy.md §2)."""
    ways: Mapping[str, tuple[Way, ...]] = field(repr=False)
    """By level: the ways to hold it, its own first."""
    first: tuple[str, ...]
    order: tuple[str, ...]
    factor_settings: Mapping[str, Mapping[str, Any]]
    password: PasswordLengths
    sessions: Sessions
    locks: Locks
    budgets: Budgets
    trusted_devices: TrustedDevices
    enrolment: Enrolment
    risk: RiskShares
    publishing: Publishing
    records: Records
    zones: Mapping[str, tuple[str, ...]]
    reasons: Mapping[str, Mapping[str, str]]
    """What people read for a reason code, by language, where the policy says it in its own words."""
    actions: Mapping[str, Action]
    rules: tuple[Rule, ...]
    facts: frozenset[str]
    """Facts that some rule reads."""
    tests: tuple[Example, ...]
    traits: TraitsTable = field(repr=False)
    places: Mapping[str, Place] = field(repr=False)
    """Where each part stands, by dotted key (`rules.second-factor`, `acr.phr`)."""
