"""The situation of one decision: what this person has proved and could prove, and what the facts are.

Evidence of another person, or of a credential since removed or replaced, does not count (policy.md §3.4); nor does
that of a factor which is off. Whoever a demand does not name has no evidence here.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import Struct, field

from idp.core.assurance import Evidence, Property
from idp.policy.language import Bundle
from idp.policy.levels import worth_of
from idp.policy.model import Enrolled, Facts, FactValue, Mark, Requirement
from idp.policy.observed import Computed, observe
from idp.policy.proofs import LEAST_LEFT, Proof, Terms

_LONGEST = 10**9
"""Seconds; more is as good as endless, and stays within what dates can hold."""
_VERIFICATION = frozenset({Property.USER_VERIFIED})
_ACTIVE_PROMPTS = frozenset({"login", "select_account", "create"})
Options = tuple[tuple[str, ...], ...]
"""Sets of factors, each of which would do."""
ISSUER = "issuer"
"""The channel of tickets and temporary codes: handed out singly, so they need no place in `factors.order`."""


class Situation(Struct, frozen=True, kw_only=True, eq=False):
    """Everything one decision looks at, prepared once."""

    bundle: Bundle
    facts: Facts
    now: datetime
    enrolled: tuple[Enrolled, ...]
    """What this person has enrolled, of factors that are on."""
    proofs: tuple[Proof, ...]
    candidates: tuple[Proof, ...]
    """A proof that could be given, for each of `enrolled`."""
    values: Mapping[str, FactValue]
    is_known: bool
    """Whether somebody is known, and is whom the demand names."""
    options: dict[tuple[Requirement, bool], Options] = field(default_factory=dict)
    """What `idp.policy.options` has found already: one decision asks for the same several times."""

    verdicts: dict[Requirement, bool] = field(default_factory=dict)
    """What `meets` has found already."""

    def meets(self, requirement: Requirement) -> bool:
        """Tell whether all levels of a requirement hold by the proofs that were given."""
        met = self.verdicts.get(requirement)
        if met is None:
            met = self.verdicts[requirement] = self.terms(requirement).meets(requirement.acr, self.proofs)
        return met

    def terms(self, requirement: Requirement, *, least_left: timedelta = LEAST_LEFT) -> Terms:
        """Return the terms on which proofs count for a requirement."""
        return Terms(
            bundle=self.bundle,
            now=self.now,
            max_age=requirement.max_age,
            forbid=requirement.forbid,
            is_recovering=is_recovering(self.facts),
            least_left=least_left,
        )

    @property
    def is_silent(self) -> bool:
        """Tell whether nothing may be shown (`prompt=none`)."""
        return "none" in self.facts.demand.prompt


def situation_of(
    bundle: Bundle,
    facts: Facts,
    evidence: Sequence[Evidence],
    enrolled: Sequence[Enrolled],
    *,
    now: datetime,
    reads: Collection[str] | None = None,
) -> Situation:
    """Prepare one decision; `reads` are the facts that its rules read, those of all rules where it is not said."""
    subject = facts.demand.subject
    is_known = facts.user_id is not None and subject in (None, facts.user_id)
    usable = tuple(each for each in enrolled if is_on(bundle, each.factor)) if is_known else ()
    candidates = tuple(_candidate(bundle, each, now) for each in usable)
    reach = partial(_reach, bundle, candidates, now)
    computed: Computed = {
        "user.id": lambda: Mark.ABSENT if facts.user_id is None else facts.user_id,
        "user.enrolled": lambda: tuple(dict.fromkeys(each.factor for each in usable)),
        "user.reach": reach,
    }
    return Situation(
        bundle=bundle,
        facts=facts,
        now=now,
        enrolled=usable,
        proofs=_given_proofs(bundle, facts, evidence, usable, now) if is_known else (),
        candidates=candidates,
        values=observe(bundle, facts, computed, now=now, names=reads),
        is_known=is_known,
    )


def is_on(bundle: Bundle, factor: str) -> bool:
    """Tell whether a factor is listed in `factors.order`, or is handed out singly by an issuer."""
    traits = bundle.traits.get(factor)
    return traits is not None and (factor in bundle.order or traits.channel == ISSUER)


def max_age_asked(facts: Facts, *, with_default: bool = True) -> timedelta | None:
    """Return how old proofs may be for this demand: `prompt=login` is the same as `max_age=0` (policy.md §3.4)."""
    demand = facts.demand
    if not _ACTIVE_PROMPTS.isdisjoint(demand.prompt):
        return timedelta(0)
    seconds = demand.default_max_age if demand.max_age is None and with_default else demand.max_age
    return None if seconds is None else timedelta(seconds=min(max(seconds, 0), _LONGEST))


def is_recovering(facts: Facts) -> bool:
    """Tell whether a recovery cools off; a failed source counts as yes."""
    return facts.values.get("user.recovering", False) not in (False, Mark.ABSENT, Mark.PENDING)


def _candidate(bundle: Bundle, enrolled: Enrolled, now: datetime) -> Proof:
    return Proof(
        factor=enrolled.factor,
        channel=enrolled.channel,
        at=now,
        worth=worth_of(bundle.traits[enrolled.factor], enrolled.properties - _unasked(bundle, enrolled.factor)),
        is_here=True,
        is_held_back=_is_held_back(bundle, enrolled, now),
    )


def _unasked(bundle: Bundle, factor: str) -> frozenset[Property]:
    """Return what a proof will not show, as the settings do not ask for it."""
    asked = bundle.factor_settings.get(factor, {}).get("user_verification")
    return _VERIFICATION if asked == "discouraged" else frozenset()


def _unconfirmed(credential: Enrolled) -> frozenset[Property]:
    """Return what a proof showed and does not count: verification that nothing but itself vouches for (§2; WAN-22)."""
    return _VERIFICATION - credential.properties


def _is_held_back(bundle: Bundle, enrolled: Enrolled, now: datetime) -> bool:
    hold = bundle.enrolment.hold
    return bool(hold) and now - enrolled.since < hold


def _given_proofs(
    bundle: Bundle, facts: Facts, evidence: Sequence[Evidence], enrolled: Sequence[Enrolled], now: datetime
) -> tuple[Proof, ...]:
    owned = {(each.factor, each.credential_id): each for each in enrolled}
    proofs = []
    for each in evidence:
        credential = owned.get((each.factor, each.credential_id))
        if credential is None or each.user_id != facts.user_id:
            continue
        proofs.append(
            Proof(
                factor=each.factor,
                channel=each.channel,
                at=each.at,
                worth=worth_of(bundle.traits[each.factor], each.properties - _unconfirmed(credential)),
                is_here=each.interaction_id == facts.interaction_id,
                is_held_back=_is_held_back(bundle, credential, now),
                evidence=each,
            )
        )
    return tuple(proofs)


def _reach(bundle: Bundle, candidates: tuple[Proof, ...], now: datetime) -> tuple[str, ...]:
    """Return the levels reachable with what is enrolled, whether it works now or not."""
    return Terms(bundle=bundle, now=now).holding(candidates)
